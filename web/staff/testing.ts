import type {
  ConsoleView,
  LineEntry,
  LineView,
  Presence,
  RecordView,
  ServedVisit,
  ServerMessage,
  SignedIn,
  VisitStatus,
  WindowView,
  Work,
} from '@protocol';
import { type ConsoleState, emptyConsole, reduceConsole } from './console/state';

/** 2026-11-23 10:00 in the hall. */
export const TEN = Date.UTC(2026, 10, 23, 2);
export const MINUTE = 60_000;

const POSITION = { window: '3号窗口', name: '陈老师', badge: '0031', hall: '新区街道便民服务中心' };

export const chen: SignedIn = {
  staff: 'chen',
  display_name: '陈桂英',
  role: 'staff',
  hall: 'xinqu',
  hall_name: '新区街道便民服务中心',
  must_change_password: false,
  expires_at: TEN + 8 * 60 * MINUTE,
};

/** 李奶奶 came for the medical insurance and waits since ten minutes to ten. */
export function liNainai(changes: Partial<ServedVisit> = {}): ServedVisit {
  return {
    id: 'li_nainai',
    number: 'A12',
    reference: '4027',
    item: { code: 'YB01', name: '城乡居民医保参保登记' },
    contact: { name: '李**', phone: '138****5678' },
    joined_at: TEN - 10 * MINUTE,
    status: { state: 'ringing' },
    online: true,
    device: 'wechat_android',
    shares: [],
    record: null,
    hung_up: null,
    rating_invited: false,
    earlier_visits: 0,
    earlier: [],
    same_phone: [],
    callback: null,
    transfers: 0,
    priority: null,
    park_ms: 900_000,
    ...changes,
  };
}

/** The same while she waits, as the list shows her. */
export function inLine(changes: Partial<LineEntry> = {}): LineEntry {
  const { id: visit, number, item, contact, joined_at } = liNainai();
  return {
    visit,
    number,
    item,
    name: contact.name,
    joined_at,
    away: false,
    here: false,
    callback: false,
    queue: 'a',
    priority: false,
    supervised: false,
    appointment: null,
    asked_until: null,
    asked_again_at: null,
    ...changes,
  };
}

/** Those in line, in order. */
export const lineOf = (...head: LineEntry[]): LineView => ({
  waiting: head.length,
  longest_since: head[0]?.joined_at ?? null,
  head,
  pick_first: 10,
  unanswered: [],
  overdue: [],
  later: [],
  preparing: [],
  missed: [],
});

export const serving = (since = TEN, mode: 'media' | 'text' | 'telephone' = 'media'): VisitStatus => ({
  state: 'serving',
  staff: POSITION,
  since,
  mode,
});
export const held = (since: number): VisitStatus => ({ state: 'held', staff: POSITION, since });
export const dropped = (until: number): VisitStatus => ({ state: 'dropped', staff: POSITION, until });
export const connecting = (until: number): VisitStatus => ({
  state: 'connecting',
  staff: POSITION,
  until,
  may_wait: true,
});
export const closed = (at = TEN): VisitStatus => ({ state: 'closed', outcome: 'served', at });

export function window3(work: Work = { is: 'idle' }, presence: Presence = { is: 'available' }): WindowView {
  return {
    id: '3',
    name: '3号窗口',
    staff: 'chen',
    staff_name: '陈桂英',
    presence,
    presence_since: TEN,
    work,
    fault: null,
    supervisor: false,
    queues: ['a'],
    rests_until: null,
    extended: false,
  };
}

export const emptySeat = (): WindowView => ({
  ...window3({ is: 'idle' }, { is: 'offline' }),
  staff: null,
  staff_name: null,
});

export function aView(changes: Partial<ConsoleView> = {}): ConsoleView {
  return {
    seq: 1,
    staff: 'chen',
    staff_name: '陈桂英',
    hall_name: '新区街道便民服务中心',
    windows: [window3()],
    mine: '3',
    queues: ['a'],
    suspension: null,
    line: lineOf(),
    visit: null,
    served_today: 0,
    mean_talk_ms: 0,
    now: TEN,
    ...changes,
  };
}

export function aRecord(changes: Partial<RecordView> = {}): RecordView {
  return {
    id: 'r1',
    number: '20261123-0007',
    visit: 'li_nainai',
    visit_number: 'A12',
    version: 1,
    item: { code: 'YB01', name: '城乡居民医保参保登记' },
    kind: 'guide',
    result: 'submitted',
    note: '已在小程序提交',
    next_step: '5 个工作日内短信通知您',
    staff_name: '陈桂英',
    window_name: '3号窗口',
    joined_at: TEN - 10 * MINUTE,
    served_at: TEN,
    ended_at: null,
    saved_at: TEN + 5 * MINUTE,
    ...changes,
  };
}

let seq = 100;
export const welcome = (view: ConsoleView | null): ServerMessage => ({
  topic: 'session',
  type: 'welcome',
  version: 1,
  seq: view?.seq ?? 1,
  now: TEN,
  visit: null,
  console: view,
});
export const windowIs = (window: WindowView): ServerMessage => ({
  topic: 'window',
  type: 'changed',
  seq: seq++,
  window,
});
export const visitIs = (visit: ServedVisit | null): ServerMessage => ({
  topic: 'window',
  type: 'visit',
  seq: seq++,
  visit,
});
export const rung = (visit: ServedVisit, until: number): ServerMessage => ({
  topic: 'window',
  type: 'rung',
  seq: seq++,
  visit,
  until,
});
export const said = (number: number, text: string): ServerMessage => ({
  topic: 'chat',
  type: 'lines',
  lines: [{ number, from: 'citizen', body: { is: 'text', text }, at: TEN }],
});

/** The state after the messages, all heard at ten. */
export function after(...messages: ServerMessage[]): ConsoleState {
  return messages.reduce((state, message) => reduceConsole(state, { type: 'heard', message, at: TEN }), emptyConsole);
}
