import { FakeSocket, welcome } from '@kit/connection/testing';
import type { TakeNumber } from '@protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { effectScope, type EffectScope } from 'vue';
import type { Answer, Api } from './api';
import { hallCard, liNainai, place } from './examples';
import { useVisit, type Visit } from './useVisit';

let scope: EffectScope;
let visit: Visit;
let wishes: TakeNumber[];
/** What the server answers next; the last one stays. */
let numbers: Answer<'taken'>[];
let resumes: Answer<'taken'>[];

const settle = () => vi.advanceTimersByTimeAsync(0);
const next = <Value>(answers: Value[]): Value => (answers.length > 1 ? answers.shift()! : answers[0]!);
const taken = (resumed: boolean) => ({ visit: liNainai(), seq: 7, ticket: 'ticket', resumed, hall: hallCard() });

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.opened = [];
  wishes = [];
  numbers = [{ is: 'done', value: 'taken' }];
  resumes = [{ is: 'refused', code: 'visit_unknown' }];
  const answer = (answers: Answer<'taken'>[], resumed: boolean) => {
    const now = next(answers);
    return Promise.resolve(now.is === 'done' ? { is: 'done' as const, value: taken(resumed) } : now);
  };
  const api = {
    takeNumber: (wish: TakeNumber) => {
      wishes.push(wish);
      return answer(numbers, false);
    },
    resume: () => answer(resumes, true),
    hall: () => Promise.resolve({ is: 'done', value: hallCard({ notice_version: '2026-12' }) }),
  } as unknown as Api;
  scope = effectScope();
  visit = scope.run(() =>
    useVisit({
      api,
      hall: hallCard(),
      onCall: () => undefined,
      onCallFailed: () => undefined,
      onWelcome: () => undefined,
      makeSocket: (address) => new FakeSocket(address) as unknown as WebSocket,
    }),
  )!;
});
afterEach(() => {
  scope.stop();
  vi.useRealTimers();
});

async function connect(): Promise<FakeSocket> {
  await settle();
  FakeSocket.last.open();
  FakeSocket.last.hear(welcome(1));
  return FakeSocket.last;
}

describe('taking a number', () => {
  it('is two taps and one request, and the socket uses its ticket', async () => {
    visit.choose(true);
    expect(visit.screen.value).toBe('items');
    await visit.takeNumber('i2');
    expect(visit.screen.value).toBe('queue');
    const socket = await connect();
    expect(socket.said('hello')[0]).toMatchObject({ ticket: 'ticket', seen: 7 });
    expect(wishes).toMatchObject([{ item: 'i2', notice_version: '2026-11' }]);
  });

  it('repeated after a lost answer is the same operation', async () => {
    numbers = [{ is: 'unreachable' }, { is: 'done', value: 'taken' }];
    await visit.takeNumber(null);
    expect(visit.trouble.value).toBe('network');
    await visit.takeNumber(null);
    expect(visit.screen.value).toBe('queue');
    expect(wishes[0]?.key).toBe(wishes[1]?.key);
  });

  it('repeated after the hall could not say whether it happened is the same operation', async () => {
    numbers = [
      { is: 'refused', code: 'store_unavailable' },
      { is: 'done', value: 'taken' },
    ];
    await visit.takeNumber(null);
    await visit.takeNumber(null);
    expect(wishes[0]?.key).toBe(wishes[1]?.key);
  });

  it('for another item is another operation', async () => {
    numbers = [{ is: 'unreachable' }];
    await visit.takeNumber(null);
    await visit.takeNumber('i1');
    expect(wishes[0]?.key).not.toBe(wishes[1]?.key);
  });

  it('after the notice was renewed names the new one', async () => {
    numbers = [
      { is: 'refused', code: 'notice_outdated' },
      { is: 'done', value: 'taken' },
    ];
    await visit.takeNumber(null);
    expect(visit.trouble.value).toBe('notice_outdated');
    await settle();
    await visit.takeNumber(null);
    expect(wishes[1]?.notice_version).toBe('2026-12');
  });

  it('is not done twice by a shaking thumb', async () => {
    await Promise.all([visit.takeNumber(null), visit.takeNumber(null)]);
    expect(wishes).toHaveLength(1);
  });
});

describe('coming back', () => {
  it('finds the number of this phone, and says so', async () => {
    resumes = [{ is: 'done', value: 'taken' }];
    await visit.lookForVisit();
    expect(visit.screen.value).toBe('queue');
    expect(visit.state.value.returned).toBe(true);
  });

  it('stays at the entry when there is none', async () => {
    await visit.lookForVisit();
    expect([visit.screen.value, visit.trouble.value]).toEqual(['entry', null]);
  });

  it('says at the entry that the number was given up, for a cookie that somebody copied', async () => {
    resumes = [{ is: 'refused', code: 'token_reused' }];
    await visit.lookForVisit();
    expect([visit.screen.value, visit.trouble.value]).toEqual(['entry', 'token_reused']);
    visit.choose(true);
    expect(visit.trouble.value).toBeNull();
  });

  it('fetches a fresh ticket after the socket broke', async () => {
    await visit.takeNumber(null);
    const socket = await connect();
    resumes = [{ is: 'done', value: 'taken' }];
    socket.lose();
    await vi.advanceTimersByTimeAsync(500);
    await connect();
    expect(visit.offline.value).toBe(false);
    expect(visit.state.value.returned).toBe(false);
  });

  it('is greeted after a long sleep, until the place moves', async () => {
    await visit.takeNumber(null);
    const socket = await connect();
    resumes = [{ is: 'unreachable' }];
    socket.lose();
    await vi.advanceTimersByTimeAsync(70_000);
    resumes = [{ is: 'done', value: 'taken' }];
    const tried = FakeSocket.opened.length;
    // When the next try comes is drawn by lot, at most 15 s away.
    for (let i = 0; i < 30 && FakeSocket.opened.length === tried; i += 1) await vi.advanceTimersByTimeAsync(500);
    const back = await connect();
    expect(visit.state.value.returned).toBe(true);
    back.hear({ topic: 'visit', type: 'place', seq: 5, place: place(1) });
    expect(visit.state.value.returned).toBe(false);
  });

  it('is greeted too when the page itself returns after a long sleep', async () => {
    await visit.takeNumber(null);
    const socket = await connect();
    socket.hear(welcome(2, 'back'));
    vi.setSystemTime(Date.now() + 70_000);
    socket.lose();
    await vi.advanceTimersByTimeAsync(500);
    expect((await connect()).said('return')[0]).toMatchObject({ ticket: 'back' });
    expect(visit.state.value.returned).toBe(true);
  });

  it('ends when the server knows the number no more', async () => {
    await visit.takeNumber(null);
    (await connect()).lose();
    await vi.advanceTimersByTimeAsync(500);
    expect(visit.screen.value).toBe('ended');
  });

  it('goes on when the server is only too busy', async () => {
    await visit.takeNumber(null);
    const socket = await connect();
    resumes = [
      { is: 'refused', code: 'store_unavailable' },
      { is: 'done', value: 'taken' },
    ];
    socket.lose();
    await vi.advanceTimersByTimeAsync(500);
    expect(visit.screen.value).toBe('queue');
    await vi.advanceTimersByTimeAsync(1_000);
    await connect();
    expect(visit.offline.value).toBe(false);
  });

  it('asks for the chat it missed', async () => {
    await visit.takeNumber(null);
    const socket = await connect();
    const line = { number: 4, from: 'staff', body: { is: 'text', text: '您好' }, at: 0 } as const;
    socket.hear({ topic: 'chat', type: 'lines', lines: [line] });
    socket.lose();
    resumes = [{ is: 'done', value: 'taken' }];
    await vi.advanceTimersByTimeAsync(500);
    expect((await connect()).said('after')[0]).toMatchObject({ number: 4 });
  });
});

it('beats faster at once when both are together', async () => {
  await visit.takeNumber(null);
  const socket = await connect();
  socket.hear({ topic: 'session', type: 'pong', now: 0 });
  const staff = { window: '3 号窗口', name: '陈老师', badge: '0317', hall: '' };
  const serving = liNainai({ status: { state: 'serving', staff, since: 0, mode: 'media' } });
  const before = socket.said('ping').length;
  socket.hear({ topic: 'visit', type: 'changed', seq: 2, visit: serving });
  socket.hear({ topic: 'session', type: 'pong', now: 0 });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(socket.said('ping').length - before).toBe(2);
});

it('says a refusal until the next tap', async () => {
  await visit.takeNumber(null);
  const socket = await connect();
  const tapped = visit.operate({ topic: 'visit', type: 'later' });
  socket.hear({ topic: 'reply', type: 'refused', key: socket.said('later')[0]!['key'] as string, code: 'used_up' });
  await tapped;
  expect(visit.trouble.value).toBe('used_up');
  void visit.operate({ topic: 'visit', type: 'accept' });
  expect(visit.trouble.value).toBeNull();
});

it('begins anew after 「再排一次」', async () => {
  await visit.takeNumber(null);
  const socket = await connect();
  socket.hear({ topic: 'visit', type: 'place', seq: 3, place: place(1) });
  visit.again();
  expect(visit.screen.value).toBe('items');
  expect(socket.closed).toBe(true);
});

describe('from one phone to another', () => {
  it('a phone whose number has gone says so as it opens, and not that it has none', async () => {
    resumes = [{ is: 'refused', code: 'handed_over' }];
    await visit.lookForVisit();
    expect([visit.screen.value, visit.handover.movedAway.value]).toEqual(['handover', true]);
  });

  it('an open page is told, stays away, and comes back with what the other phone offered', async () => {
    await visit.takeNumber(null);
    const socket = await connect();
    socket.hear({ topic: 'session', type: 'ended', code: 'handed_over' });
    expect([visit.screen.value, visit.handover.movedAway.value]).toEqual(['handover', true]);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(FakeSocket.opened).toHaveLength(1);

    visit.handover.takeOver(taken(true));
    expect(visit.screen.value).toBe('queue');
    await connect();
    expect(FakeSocket.opened).toHaveLength(2);
    expect(visit.handover.movedAway.value).toBe(false);
  });

  it('「返回」 leads back to the entry', () => {
    visit.handover.askForCode();
    expect(visit.screen.value).toBe('handover');
    visit.handover.keepOwn();
    expect(visit.screen.value).toBe('entry');
  });
});

describe('from a network that is not served', () => {
  const blocked: Answer<'taken'> = { is: 'refused', code: 'network_blocked' };

  it('the page says so as it opens, and no more after a number was taken in another', async () => {
    resumes = [blocked];
    await visit.lookForVisit();
    expect([visit.screen.value, visit.trouble.value]).toEqual(['entry', 'network_blocked']);
    await visit.takeNumber(null);
    expect([visit.screen.value, visit.trouble.value]).toEqual(['queue', null]);
  });

  it('whoever waits reads it while the page goes on trying, until it is back', async () => {
    await visit.takeNumber(null);
    const socket = await connect();
    resumes = [blocked, { is: 'done', value: 'taken' }];
    socket.lose();
    await vi.advanceTimersByTimeAsync(0);
    await vi.advanceTimersByTimeAsync(500);
    expect([visit.screen.value, visit.trouble.value]).toEqual(['queue', 'network_blocked']);
    await vi.advanceTimersByTimeAsync(30_000);
    await connect();
    expect([visit.screen.value, visit.trouble.value]).toEqual(['queue', null]);
  });
});
