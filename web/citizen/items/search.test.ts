import { describe, expect, it } from 'vitest';
import { hallCard } from '../examples';
import { everydayName, findItems } from './search';

const { items } = hallCard();
const found = (typed: string) => findItems(items, typed).map(({ code }) => code);

describe('search', () => {
  it.each([
    ['居住证', ['i2']],
    ['暂住证', ['i2']],
    ['我想办医保怎么弄？', ['i1']],
    ['JZZ', ['i2']],
    ['lnbt', ['i3']],
    ['民政', ['i3']],
    ['补 贴', ['i3']],
    ['申领', ['i2', 'i3']],
    ['给老人办高龄补贴', ['i3']],
    ['', []],
    ['护照', []],
  ])('%s', (typed, codes) => expect(found(typed)).toEqual(codes));

  it('calls things as people do', () => expect(everydayName(items[0]!).name).toBe('医保'));
});
