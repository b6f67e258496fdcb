import type { WindowView } from '@protocol';
import { describe, expect, it } from 'vitest';
import { aView, emptySeat, MINUTE, TEN, window3 } from '../testing';
import { colleaguesOf, supervisorOf } from './transferTargets';

const zhao: WindowView = { ...window3(), id: '2', name: '2号窗口', staff: 'zhao', staff_name: '赵老师' };
const wang: WindowView = {
  ...window3(),
  id: '1',
  name: '1号窗口',
  staff: 'wang',
  staff_name: '王老师',
  supervisor: true,
};
const paused = { is: 'suspect' as const, reason: 'ring_unanswered' as const };

describe('colleagues', () => {
  const words = (...windows: WindowView[]) =>
    colleaguesOf(aView({ windows })).map(({ name, word }) => `${name} ${word}`);

  it('are named wherever they sit, whoever is free first; nobody is named of an empty window, nor oneself', () => {
    const talks: WindowView = { ...wang, work: { is: 'talking', visit: 'wu' } };
    expect(words(window3(), talks, { ...emptySeat(), id: '4' }, zhao)).toEqual([
      '2号窗口 赵老师 空闲',
      '1号窗口 王老师（主管） 在接待',
    ]);
    expect(colleaguesOf(null)).toEqual([]);
  });

  it.each<[Partial<WindowView>, string]>([
    [{ presence: { is: 'on_demand' } }, '空闲'],
    [{ presence: { is: 'break', reason: 'meal' } }, '小休 · 用餐'],
    [{ presence: { is: 'draining' }, work: { is: 'holding', visit: 'wu' } }, '在接待'],
    [{ work: { is: 'reserved', visit: 'wu', until: TEN } }, '在接待'],
    [{ work: { is: 'connecting', visit: 'wu', until: TEN } }, '在接待'],
    [{ work: { is: 'wrap_up', visit: 'wu', until: TEN, overdue: false } }, '收尾中'],
    [{ work: { ...paused, until: null } }, '暂停叫号'],
  ])('who is %j is said to be so', (changes, word) => {
    expect(words({ ...zhao, ...changes })).toEqual([`2号窗口 赵老师 ${word}`]);
  });
});

describe('a supervisor', () => {
  it.each<[Partial<WindowView>, 'free' | 'busy' | 'none']>([
    [{}, 'free'],
    [{ presence: { is: 'on_demand' } }, 'free'],
    [{ work: { is: 'talking', visit: 'wu' } }, 'busy'],
    [{ work: { ...paused, until: TEN + MINUTE } }, 'busy'],
    [{ work: { ...paused, until: null } }, 'none'],
    [{ work: { is: 'talking', visit: 'wu' }, presence: { is: 'on_demand' } }, 'none'],
    [{ presence: { is: 'break', reason: 'meal' } }, 'none'],
    [{ supervisor: false }, 'none'],
  ])('who is %j is %s', (changes, is) => {
    expect(supervisorOf(aView({ windows: [window3(), { ...wang, ...changes }] }))).toBe(is);
  });

  it('is somebody else than oneself', () => {
    expect(supervisorOf(aView({ windows: [{ ...window3(), supervisor: true }] }))).toBe('none');
  });
});
