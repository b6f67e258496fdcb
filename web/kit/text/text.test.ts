import { describe, expect, it } from 'vitest';
import { clock, daysBetween, hallTime, pairs, timeOfDay } from './format';
import { createText } from './text';

const { t, tCode } = createText({
  queue: { people_ahead: '前面还有 {count} 位', title: '您是 {number} 号' },
  refusal: { hall_closed: '现在下班了', other: '没有办成，请再试一次' },
});

describe('text', () => {
  it('fills the places of a sentence', () => {
    expect(t('queue.people_ahead', { count: 2 })).toBe('前面还有 2 位');
  });
  it('leaves a place open that got no value', () => {
    expect(t('queue.title')).toBe('您是 {number} 号');
  });
  it('does not read a value as a sentence with places', () => {
    expect(t('queue.title', { number: '{count}' })).toBe('您是 {count} 号');
  });
  it('finds the sentence of a code', () => {
    expect(tCode('refusal', 'hall_closed')).toBe('现在下班了');
  });
  it('has a general sentence for a code nobody knows', () => {
    expect(tCode('refusal', 'never_heard_of')).toBe('没有办成，请再试一次');
  });
});

describe('format', () => {
  it.each([
    [0, '00:00'],
    [-5, '00:00'],
    [135_000, '02:15'],
    [3_725_000, '1:02:05'],
  ])('shows %i ms as %s', (ms, shown) => expect(clock(ms)).toBe(shown));

  it('reads minutes after midnight', () => expect(timeOfDay(545)).toBe('9:05'));
  it('reads a reference in pairs', () => expect(pairs('4027')).toBe('40 27'));

  it('knows the hall clock, whatever the phone says', () => {
    // Monday 2026-11-23 00:30 UTC is 08:30 in Shanghai.
    expect(hallTime(Date.UTC(2026, 10, 23, 0, 30))).toEqual({
      year: 2026,
      month: 11,
      day: 23,
      weekday: 1,
      minute: 510,
    });
  });
  it('counts days by the hall clock', () => {
    const tonight = Date.UTC(2026, 10, 23, 15, 59);
    expect(daysBetween(tonight, tonight + 120_000)).toBe(1);
  });
});
