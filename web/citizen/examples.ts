import type { HallCard, Place, VisitView } from '@protocol';

/** Monday 2026-11-23, 09:30 in the hall. */
export const monday = Date.UTC(2026, 10, 23, 1, 30);

export const hallCard = (change: Partial<HallCard> = {}): HallCard => ({
  id: 'xinqu',
  name: '新区街道便民服务中心',
  telephone: '12345',
  demo_notice: null,
  open: { state: 'open', until: monday + 7 * 3_600_000 },
  closed_because: null,
  suspension: null,
  calls_back_from: null,
  closed_queues: [],
  special_days: [],
  hours: [
    { from_day: 1, to_day: 5, from_minute: 540, to_minute: 720 },
    { from_day: 1, to_day: 5, from_minute: 810, to_minute: 1020 },
  ],
  busyness: { waiting: 3, windows: 4, returning: 0, wait: { from_minutes: 5, to_minutes: 10 } },
  long_wait_ms: 45 * 60_000,
  notice_version: '2026-11',
  items: [
    {
      code: 'i1',
      name: '城乡居民基本医疗保险参保登记',
      aliases: ['医保', '新农合'],
      group: '医疗保障',
      initials: 'cxjmjbylbxcbdj yb xnh',
    },
    { code: 'i2', name: '居住证申领', aliases: ['暂住证'], group: '户籍与居住', initials: 'jzzsl zzz' },
    {
      code: 'i3',
      name: '高龄津贴申领',
      aliases: ['老年补贴', '八十岁补贴'],
      group: '民政救助',
      initials: 'gljtsl lnbt bssbt',
    },
  ],
  now: monday,
  ...change,
});

export const place = (count: number): Place => ({
  ahead: { is: 'exact', count },
  wait: { from_minutes: 5, to_minutes: 10 },
  serving: count <= 3 ? 'A10' : null,
  cause: null,
  shared: false,
});

/** Li nainai, seventy-five, came for a residence permit. */
export const liNainai = (change: Partial<VisitView> = {}): VisitView => ({
  id: 'visit-of-li-nainai',
  number: 'A12',
  reference: '4027',
  item: { code: 'i2', name: '居住证申领' },
  joined_at: monday,
  contact: { name: null, phone: null },
  status: { state: 'waiting', place: place(2), here: false },
  shares: [],
  slip: null,
  rating: null,
  may_rate: false,
  offer: null,
  callback: null,
  suspension: null,
  priority: false,
  may_declare_priority: false,
  hung_up: null,
  promises: {
    away_ms: 60_000,
    later_ms: 60_000,
    missed_keeps_ms: 1_800_000,
    missed_after: 2,
    callback_attempts: 2,
    hold_notice_ms: 30_000,
  },
  ...change,
});
