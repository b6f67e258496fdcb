import { describe, expect, it } from 'vitest';
import type { Ahead, PlaceCause } from '@protocol';
import { hallCard, monday, place } from './examples';
import {
  aheadWords,
  causeWords,
  dayNoteWords,
  hoursWords,
  opensWords,
  stepsTo,
  waitWords,
  welcomeBackWords,
} from './words';

describe('words', () => {
  it('say how many are ahead, no finer than helps', () => {
    const words = (ahead: Ahead) => aheadWords({ ahead, shared: false });
    expect(words({ is: 'exact', count: 0 })).toBe('下一位就是您。');
    expect(words({ is: 'exact', count: 2 })).toBe('前面还有 2 位，');
    expect(words({ is: 'between', from: 6, to: 10 })).toBe('前面还有 6–10 位，');
    expect(words({ is: 'about', count: 20 })).toBe('前面大约还有 20 位，');
    expect(words({ is: 'over', count: 50 })).toBe('前面还有 50 多位，');
  });
  it('promise nobody the next turn, nor an order, where other lines share the windows', () => {
    const shared = { ...place(0), wait: null, shared: true };
    const said = [aheadWords(shared), waitWords(shared), welcomeBackWords(shared)];
    expect(said[0]).toBe('和您办同类事的，前面没有人了。');
    for (const words of said) expect(words).not.toMatch(/下一位|按先后/);
  });
  it('draw the steps to the head, one for each person, and none where the place is no count of turns', () => {
    const drawn = [0, 1, 2, 3, 4, 5].map((count) => stepsTo(place(count)));
    expect(drawn).toEqual(['●●●●●', '●●●●○', '●●●○○', '●●○○○', '●○○○○', '']);
    expect(stepsTo({ ...place(0), shared: true })).toBe('');
    expect(stepsTo({ ahead: { is: 'about', count: 20 }, shared: false })).toBe('');
  });
  it('say a wait as a range, or nothing exact', () => {
    expect(waitWords({ wait: { from_minutes: 5, to_minutes: 10 }, shared: false })).toBe('大约等 5–10 分钟。');
    expect(waitWords({ wait: null, shared: false })).not.toMatch(/\d/);
  });
  it('say why somebody behind went first, and that the place stands', () => {
    expect(causeWords('passed')).toMatch(/「我在」.*后面一位.*位次没有变/);
  });
  it('say no more than that something moved, where the cause is one of a later server: nobody reads a key', () => {
    const words = causeWords('of_a_later_server' as PlaceCause);
    expect(words).toBe('排队的先后有变动，请您多等一下。');
    expect(words).not.toMatch(/[a-z_.]/);
  });
  it('welcome back', () => expect(welcomeBackWords(place(1))).toBe('欢迎回来，您的号还在，前面 1 位。'));
  it('group the hours of the same days', () =>
    expect(hoursWords(hallCard().hours)).toEqual([{ days: '周一至周五', runs: ['9:00–12:00', '13:30–17:00'] }]));

  it('name the days that are not like their weekday', () => {
    const day = 86_400_000;
    const midnight = monday - 9.5 * 3_600_000;
    expect(dayNoteWords({ from: midnight, to: midnight + 6 * day, kind: 'holiday', name: '春节' })).toBe(
      '11月23日（周一）至11月29日（周日）：春节，放假',
    );
    const single = { from: midnight + 6 * day, to: midnight + 6 * day, name: '春节调休' };
    expect(dayNoteWords({ ...single, kind: 'working' })).toBe('11月29日（周日）：春节调休，照常上班');
    expect(dayNoteWords({ ...single, kind: 'short' })).toBe('11月29日（周日）：春节调休，只开半天');
  });

  it('say when the hall opens', () => {
    const closedUntil = (opens_at: number | null) => opensWords(hallCard({ open: { state: 'closed', opens_at } }));
    expect(closedUntil(monday + 86_400_000 - 1_800_000)).toBe('明天上午 9:00 上班。');
    expect(closedUntil(monday + 4 * 3_600_000)).toBe('今天下午 1:30 上班。');
    expect(closedUntil(monday + 4 * 86_400_000 - 1_800_000)).toBe('11月27日（周五）上午 9:00 上班。');
    expect(closedUntil(monday + 14.5 * 3_600_000)).toBe('明天凌晨 0:00 上班。');
    expect(closedUntil(null)).toBe('什么时候上班，请打电话问一问。');
  });
});
