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

  it('ranks what the title says before another word for something else', () => {
    const item = (code: string, name: string, ...aliases: string[]) => ({
      code,
      name,
      aliases,
      group: '',
      initials: '',
    });
    const ranked = [
      item('lost', '社会保障卡挂失与解挂', '社保卡挂失', '医保卡丢了'),
      item('abroad', '异地就医备案', '外地看病备案', '医保异地'),
      item('join', '城乡居民基本医疗保险参保登记', '居民医保', '医保缴费'),
      item('back', '基本医疗保险医疗费用手工报销', '医药费报销'),
      item('code', '医保电子凭证激活', '医保码'),
    ];
    expect(findItems(ranked, '医保').map(({ code }) => code)).toEqual(['join', 'code', 'back', 'lost', 'abroad']);
    expect(findItems(ranked, '医保卡丢了')[0]?.code).toBe('lost');
  });

  it('calls things as people do', () => expect(everydayName(items[0]!).name).toBe('医保'));
});
