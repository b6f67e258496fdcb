import { describe, expect, it } from 'vitest';
import { liNainai } from '../examples';
import { slip } from '../testing';
import { slipLines, wrapped } from './slip';

describe('the slip', () => {
  it('says what was done, what is next and the number to read out', () => {
    expect(slipLines(liNainai({ slip }))).toEqual([
      '办的是：居住证申领',
      '结果：已经提交',
      '接下来：5 个工作日内短信通知您。',
      '查询号 40 27',
      '办件编号 20261123-0007',
      '帮您的是 陈老师',
    ]);
  });
  it('has the number before the record is written', () =>
    expect(slipLines(liNainai())).toEqual(['办的是：居住证申领', '查询号 40 27']));
  it('fills a line before it breaks', () =>
    expect(wrapped('一二三四五', (part) => part.length * 300)).toEqual(['一二', '三四', '五']));
});
