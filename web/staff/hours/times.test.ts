import { expect, it } from 'vitest';
import { minuteIn, rowsOf, runsIn, runsWords, weekdayOf, weekIn, weekWords } from './times';

const row = (fromDay: number, toDay: number, from: string, to: string) => ({ fromDay, toDay, from, to });
const lunch = [row(1, 5, '9:00', '12:00'), row(1, 5, '13：30', '17:00')];

it.each([
  ['9:00', 540],
  [' 09：30 ', 570],
  ['24:00', 1_440],
  ['24:01', null],
  ['9:60', null],
  ['9点', null],
  ['', null],
])('%s is read as minutes after midnight, or not at all', (text, minutes) => {
  expect(minuteIn(text)).toBe(minutes);
});

it('a week is read as it is typed, and shown as it is read', () => {
  const typed = weekIn(lunch);
  const week = [
    { from_day: 1, to_day: 5, from_minute: 540, to_minute: 720 },
    { from_day: 1, to_day: 5, from_minute: 810, to_minute: 1_020 },
  ];
  expect(typed).toEqual({ week });
  expect(weekIn(rowsOf(week))).toEqual({ week });
  expect(weekWords(week)).toBe('周一至周五 9:00–12:00 13:30–17:00');
  expect(weekWords([{ from_day: 2, to_day: 2, from_minute: 840, to_minute: 960 }])).toBe('周二 14:00–16:00');
  expect(weekWords([])).toBe('跟大厅一样');
});

it.each([
  ['第 1 段，结束要比开始晚。没有改。', [row(1, 5, '12:00', '9:00')]],
  ['第 1 段，后一天不能在前一天前面；跨过周日的请分成两段。没有改。', [row(6, 2, '9:00', '12:00')]],
  ['第 2 段的时间要写成 9:00 这样。没有改。', [lunch[0]!, row(1, 5, '', '17:00')]],
  ['第 2 段和第 1 段的时间重在一起了，请错开。没有改。', [lunch[0]!, row(3, 3, '11:00', '14:00')]],
])('%s', (wrong, rows) => {
  expect(weekIn(rows)).toEqual({ wrong });
});

it('two runs that only touch, or lie on different days, are apart', () => {
  expect(weekIn([row(1, 5, '9:00', '12:00'), row(1, 5, '12:00', '13:00'), row(6, 7, '9:00', '12:00')])).toHaveProperty(
    'week',
  );
});

it('hours of one day are read with every hyphen people type', () => {
  const runs = [
    { from_minute: 540, to_minute: 720 },
    { from_minute: 810, to_minute: 900 },
  ];
  for (const text of ['9:00-12:00 13:30-15:00', '09:00–12:00，13:30 - 15:00', '9:00至12:00、13:30~15:00']) {
    expect(runsIn(text)).toEqual(runs);
  }
  expect(runsWords(runs)).toBe('9:00–12:00 13:30–15:00');
  expect(runsIn(' ')).toEqual([]);
  for (const text of ['12:00-9:00', '9:00-12:00 11:00-13:00', '上午', '9:00', '9:00-10:00-11:00']) {
    expect(runsIn(text)).toBeNull();
  }
});

it('knows the weekday of a date', () => {
  expect(['2026-11-23', '2027-02-07'].map(weekdayOf)).toEqual([1, 7]);
});
