import type { ItemBrief } from '@protocol';
import { describe, expect, it } from 'vitest';
import { scoreItem, searchItems } from './itemSearch';

const item = (name: string, initials: string, aliases: string[] = [], group = '社会保险'): ItemBrief => ({
  code: `code-${initials}`,
  name,
  aliases,
  group,
  initials,
});
const insurance = item('城乡居民基本养老保险参保登记', 'cxjmjbylbxcbdj', ['新农保参保', '自己交养老钱']);
const proof = item('领取养老待遇人员资格认证', 'lqyldyryzgrz', ['养老认证', '刷脸认证']);
const card = item('社会保障卡申领', 'shbzksl bsbk', ['办社保卡']);
const permit = item('居住证申领', 'jzzsl', ['暂住证'], '户籍');
const all = [insurance, proof, card, permit];

const names = (typed: string) => searchItems(all, typed).map(({ name }) => name);

describe('what finds an item', () => {
  it.each([
    ['the beginning of its name', '居住', permit],
    ['something within its name', '资格认证', proof],
    ['an everyday name', '暂住证', permit],
    ['part of an everyday name', '农保', insurance],
    ['the initials of its pinyin', 'jzz', permit],
    ['initials in capitals', 'JZZ', permit],
    ['initials in full width', 'ｊｚｚ', permit],
    ['initials from the middle', 'bzk', card],
    ['initials of an everyday name', 'sbk', card],
    ['two words in any order', '登记 养老', insurance],
    ['letters left out between', '居养参保', insurance],
    ['its group', '户籍', permit],
    ['its code', 'code-jzz', permit],
  ])('%s', (_name, typed, wanted) => {
    expect(names(typed)[0]).toBe(wanted.name);
  });

  it.each(['狗证', 'x', '证居'])('%s finds nothing', (typed) => {
    expect(names(typed)).toEqual([]);
  });
});

describe('what comes first', () => {
  it('a name that begins with it before one that holds it', () => {
    expect(names('社会保障')).toEqual([card.name]);
    expect(scoreItem(permit, '居住证')).toBeGreaterThan(scoreItem(item('流动人口居住证注销', 'x'), '居住证'));
  });

  it('an everyday name before a name that merely holds it', () => {
    expect(names('养老认证')).toEqual([proof.name]);
    expect(names('养老')).toEqual([proof.name, insurance.name]);
  });

  it('what the title says, in full or shortened, before another word for something else', () => {
    const lost = item('社会保障卡挂失与解挂', 'shbzkgsyjg', ['社保卡挂失', '医保卡丢了']);
    const join = item('城乡居民基本医疗保险参保登记', 'cxjmjbylbxcbdj', ['居民医保', '医保缴费']);
    const back = item('基本医疗保险医疗费用手工报销', 'jbylbxylfysgbx', ['医药费报销']);
    expect(searchItems([lost, back, join], '医保')).toEqual([join, back, lost]);
    expect(searchItems([join, lost], '医保卡丢了')[0]).toBe(lost);
  });

  it('nothing typed shows the catalogue in its order', () => {
    expect(names('  ')).toEqual(all.map(({ name }) => name));
  });

  it('never more than asked for', () => {
    expect(searchItems(all, '', 2)).toHaveLength(2);
  });
});
