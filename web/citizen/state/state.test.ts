import type { ChatLine, ServerMessage, VisitStatus } from '@protocol';
import { describe, expect, it } from 'vitest';
import { hallCard, liNainai, place } from '../examples';
import { isTogether, rings, screenOf } from './screen';
import { initialState, reduce } from './state';

const staff = { window: '3 号窗口', name: '陈老师', badge: '0317', hall: '新区街道便民服务中心' };
const start = initialState(hallCard());
const taken = (resumed: boolean, id?: string) =>
  ({
    type: 'taken',
    taken: { visit: liNainai(id ? { id } : {}), seq: 1, ticket: 't', resumed, hall: hallCard() },
  }) as const;
const heard = (message: ServerMessage) => ({ type: 'heard', message }) as const;
const line = (number: number): ChatLine => ({
  number,
  from: 'citizen',
  body: { is: 'text', text: `${number}` },
  at: 0,
});

describe('what the page knows', () => {
  it('a number taken is no return', () => expect(reduce(start, taken(false)).returned).toBe(false));
  it('a number found again is a return', () => expect(reduce(start, taken(true)).returned).toBe(true));
  it('a welcome is read once', () =>
    expect(reduce(reduce(start, taken(true)), { type: 'welcomed' }).returned).toBe(false));
  it('a reconnect of the same page is no return', () =>
    expect(reduce(reduce(start, taken(false)), taken(true)).returned).toBe(false));

  it('a place moves the visit on', () => {
    const after = reduce(
      reduce(start, taken(false)),
      heard({ topic: 'visit', type: 'place', seq: 9, place: place(1) }),
    );
    expect(after.visit?.status).toMatchObject({ state: 'waiting', place: { ahead: { count: 1 } } });
  });

  it('a place that comes too late is no news', () => {
    const serving = liNainai({ status: { state: 'serving', staff, since: 0, mode: 'media' } });
    const state = { ...start, visit: serving };
    expect(reduce(state, heard({ topic: 'visit', type: 'place', seq: 9, place: place(1) })).visit).toBe(serving);
  });

  it('「我在」 that was heard needs no message', () => {
    const calling = liNainai({ status: { state: 'calling', place: place(3), until: 9, alert: 2 } });
    const after = reduce({ ...start, visit: calling }, { type: 'here' });
    expect(after.visit?.status).toEqual({ state: 'waiting', place: place(3), here: true });
  });

  it('「我在」 heard after the ring began is no news', () => {
    const ringing = liNainai({ status: { state: 'ringing' } });
    expect(reduce({ ...start, visit: ringing }, { type: 'here' }).visit).toBe(ringing);
  });

  it('a welcome without a snapshot changes nothing', () => {
    const before = reduce(start, taken(false));
    const welcome = {
      topic: 'session',
      type: 'welcome',
      version: 1,
      seq: 1,
      now: 0,
      visit: null,
      console: null,
    } as const;
    expect(reduce(before, heard(welcome))).toBe(before);
  });

  it('chat lines stand once and in order, however they come', () => {
    const one = reduce(start, heard({ topic: 'chat', type: 'lines', lines: [line(1), line(3)] }));
    const two = reduce(one, heard({ topic: 'chat', type: 'lines', lines: [line(2), line(3)] }));
    expect(two.lines.map(({ number }) => number)).toEqual([1, 2, 3]);
  });

  it('another visit begins with an empty chat', () => {
    const chatty = { ...reduce(start, taken(false)), lines: [line(1)] };
    expect(reduce(chatty, taken(false, 'other')).lines).toEqual([]);
    expect(reduce(chatty, taken(true)).lines).toHaveLength(1);
  });

  it('messages of a newer server are left alone', () =>
    expect(reduce(start, heard({ topic: 'weather', type: 'rain' } as unknown as ServerMessage))).toBe(start));
});

describe('the screen', () => {
  it.each<[VisitStatus, string]>([
    [{ state: 'waiting', place: place(2), here: false }, 'queue'],
    [{ state: 'calling', place: place(0), until: 0, alert: 1 }, 'queue'],
    [{ state: 'ringing' }, 'queue'],
    [{ state: 'booked', at: 0, check_in: null }, 'appointment'],
    [{ state: 'callback_kept', place: null }, 'queue'],
    [{ state: 'missed', until: 0, back_at: null }, 'missed'],
    [{ state: 'parked', until: 0 }, 'missed'],
    [{ state: 'connecting', staff, until: 0, may_wait: true }, 'connect'],
    [{ state: 'serving', staff, since: 0, mode: 'media' }, 'call'],
    [{ state: 'held', staff, since: 0 }, 'call'],
    [{ state: 'dropped', staff, until: 0 }, 'call'],
    [{ state: 'transferring', to: null }, 'call'],
    [{ state: 'closed', outcome: 'served', at: 0 }, 'done'],
  ])('%j is %s', (status, screen) =>
    expect(screenOf(liNainai({ status }), { is: 'connected', attempt: 0 }, 'nothing')).toBe(screen),
  );

  it('without a number is the entry, then the choice', () => {
    expect(screenOf(null, { is: 'closed' }, 'nothing')).toBe('entry');
    expect(screenOf(null, { is: 'closed' }, 'item')).toBe('items');
  });
  it('says when another page took over', () =>
    expect(screenOf(liNainai(), { is: 'replaced' }, 'nothing')).toBe('replaced'));
  it('keeps what was done on screen when the session ends after it', () => {
    const closed = liNainai({ status: { state: 'closed', outcome: 'served', at: 0 } });
    expect(screenOf(closed, { is: 'ended', code: 'visit_closed' }, 'nothing')).toBe('done');
    expect(screenOf(liNainai(), { is: 'ended', code: 'visit_unknown' }, 'nothing')).toBe('ended');
  });

  it('says that the visit goes on at another phone, and leads there and back', () => {
    expect(screenOf(liNainai(), { is: 'ended', code: 'handed_over' }, 'nothing')).toBe('handover');
    expect(screenOf(null, { is: 'closed' }, 'handover')).toBe('handover');
  });

  it('rings until the tap', () => {
    const connecting = { state: 'connecting', staff, until: 0, may_wait: true } as const;
    expect(rings(connecting)).toBe(true);
    expect(rings(undefined)).toBe(false);
    expect(isTogether(connecting)).toBe(true);
  });
});
