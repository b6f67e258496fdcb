import { PROTOCOL_VERSION, type ServerMessage } from '@protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { effectScope, type EffectScope } from 'vue';
import { FakeSocket, welcome } from './testing';
import { type Connection, useConnection } from './useConnection';

let scope: EffectScope;
let connection: Connection;
let heard: ServerMessage[];
let tickets: number;
let refuse: string | undefined;
let offline: boolean;
let beatEachMs: number;

/** Lets promises run without moving the clock. */
const settle = () => vi.advanceTimersByTimeAsync(0);

async function connected(seq = 7): Promise<FakeSocket> {
  connection.start();
  await settle();
  const socket = FakeSocket.last;
  socket.open();
  socket.hear(welcome(seq));
  return socket;
}

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.opened = [];
  heard = [];
  tickets = 0;
  refuse = undefined;
  offline = false;
  beatEachMs = 25_000;
  scope = effectScope();
  connection = scope.run(() =>
    useConnection({
      path: '/api/socket',
      returnPath: '/api/halls/xinqu/ws',
      ticket: async () => {
        if (offline) throw new TypeError('Failed to fetch');
        if (refuse) return { is: 'refused', code: refuse };
        tickets += 1;
        return { is: 'ticket', ticket: `ticket-${tickets}` };
      },
      onMessage: (message) => heard.push(message),
      heartbeatMs: () => beatEachMs,
      makeSocket: (address) => new FakeSocket(address) as unknown as WebSocket,
      random: () => 1,
    }),
  )!;
});

afterEach(() => {
  scope.stop();
  vi.useRealTimers();
});

describe('signing in', () => {
  it('says the ticket first', async () => {
    const socket = await connected();
    expect(socket.address).toMatch(/^wss?:\/\/.+\/api\/socket$/);
    expect(socket.sent[0]).toEqual({
      topic: 'session',
      type: 'hello',
      ticket: 'ticket-1',
      version: PROTOCOL_VERSION,
      seen: null,
    });
    expect(connection.state.value.is).toBe('connected');
  });

  it('says nothing else before the welcome', async () => {
    connection.start();
    await settle();
    FakeSocket.last.open();
    void connection.operate({ topic: 'visit', type: 'accept' });
    expect(connection.send({ topic: 'call', type: 'restart' })).toBe(false);
    expect(FakeSocket.last.sent).toHaveLength(1);
  });

  it('ends when the ticket is refused', async () => {
    refuse = 'visit_unknown';
    connection.start();
    await settle();
    expect(connection.state.value).toEqual({ is: 'ended', code: 'visit_unknown' });
  });

  it('tries again when the network failed, once a step', async () => {
    offline = true;
    connection.start();
    await settle();
    expect(connection.state.value.is).toBe('waiting');
    offline = false;
    await vi.advanceTimersByTimeAsync(499);
    expect(FakeSocket.opened).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(FakeSocket.opened).toHaveLength(1);
  });

  it('fetches a fresh ticket when one grew old', async () => {
    connection.start();
    await settle();
    FakeSocket.last.open();
    FakeSocket.last.hear({ topic: 'session', type: 'ended', code: 'bad_ticket' });
    await vi.advanceTimersByTimeAsync(500);
    FakeSocket.last.open();
    expect(FakeSocket.last.said('hello')[0]).toMatchObject({ ticket: 'ticket-2' });
  });

  it('gives up an attempt that hangs', async () => {
    connection.start();
    await settle();
    const silent = FakeSocket.last;
    await vi.advanceTimersByTimeAsync(12_000);
    expect(silent.closed).toBe(true);
    expect(connection.state.value.is).toBe('waiting');
  });
});

it('keeps how long a call is tried for as it was said last, by the welcome or by a change', async () => {
  const said = (attempt_ms: number) => ({ media_setup: { attempt_ms, text_ms: 30_000 } });
  const socket = await connected();
  expect(connection.mediaSetup(), 'an older server says nothing of it').toBeUndefined();
  socket.hear({ ...welcome(7), ...said(15_000) } as ServerMessage);
  expect(connection.mediaSetup()?.attempt_ms).toBe(15_000);
  socket.hear({ topic: 'session', type: 'rules', ...said(20_000) });
  socket.hear({ topic: 'session', type: 'pong', now: 0 });
  expect(connection.mediaSetup()?.attempt_ms).toBe(20_000);
});

describe('coming back', () => {
  it('tells the event number it has seen', async () => {
    const socket = await connected(7);
    socket.hear({
      topic: 'visit',
      type: 'place',
      seq: 12,
      place: { ahead: { is: 'exact', count: 1 }, wait: null, serving: null, cause: null, shared: false },
    });
    socket.lose();
    await vi.advanceTimersByTimeAsync(500);
    FakeSocket.last.open();
    expect(FakeSocket.last.said('hello')[0]).toMatchObject({ ticket: 'ticket-2', seen: 12 });
  });

  it('says an unanswered operation again under the same key', async () => {
    const socket = await connected();
    const outcome = connection.operate({ topic: 'visit', type: 'accept' });
    const key = socket.said('accept')[0]!['key'] as string;
    expect(key).toMatch(/^[A-Za-z0-9_-]{8,64}$/);
    socket.lose();
    await vi.advanceTimersByTimeAsync(500);
    FakeSocket.last.open();
    FakeSocket.last.hear(welcome(8));
    expect(FakeSocket.last.said('accept')).toEqual([{ topic: 'visit', type: 'accept', key }]);
    FakeSocket.last.hear({ topic: 'reply', type: 'done', key, value: null });
    await expect(outcome).resolves.toEqual({ is: 'done', value: null });
  });

  it('does not wait once the network is back', async () => {
    const socket = await connected();
    socket.lose();
    window.dispatchEvent(new Event('online'));
    await settle();
    expect(FakeSocket.opened).toHaveLength(2);
  });

  it('doubts an open socket after the page woke', async () => {
    const socket = await connected();
    socket.hear({ topic: 'session', type: 'pong', now: 1 });
    document.dispatchEvent(new Event('visibilitychange'));
    await vi.advanceTimersByTimeAsync(3_000);
    expect(socket.closed).toBe(true);
    expect(connection.state.value.is).toBe('waiting');
  });

  it('stays away when a newer page took over, and takes over when asked', async () => {
    const socket = await connected();
    const outcome = connection.operate({ topic: 'visit', type: 'leave' });
    socket.hear({ topic: 'session', type: 'replaced' });
    socket.lose();
    window.dispatchEvent(new Event('online'));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeSocket.opened).toHaveLength(1);
    await expect(outcome).resolves.toEqual({ is: 'failed', code: 'replaced' });
    connection.start();
    await settle();
    expect(FakeSocket.opened).toHaveLength(2);
  });
});

describe('returning by the ticket of the welcome', () => {
  /** Lost after a welcome that brought a ticket; the next socket is open. */
  async function back(): Promise<FakeSocket> {
    connection.start();
    await settle();
    FakeSocket.last.open();
    FakeSocket.last.hear(welcome(7, 'back-1'));
    FakeSocket.last.lose();
    await vi.advanceTimersByTimeAsync(500);
    FakeSocket.last.open();
    return FakeSocket.last;
  }

  it('asks nothing before, goes where the cookie comes along, and takes the next ticket', async () => {
    const socket = await back();
    expect(socket.address).toMatch(/\/api\/halls\/xinqu\/ws$/);
    expect(socket.sent).toEqual([
      { topic: 'session', type: 'return', ticket: 'back-1', version: PROTOCOL_VERSION, seen: 7 },
    ]);
    socket.hear(welcome(8, 'back-2'));
    expect(connection.state.value.is).toBe('connected');
    socket.lose();
    await vi.advanceTimersByTimeAsync(1_000);
    FakeSocket.last.open();
    expect(FakeSocket.last.said('return')[0]).toMatchObject({ ticket: 'back-2', seen: 8 });
    expect(tickets).toBe(1);
  });

  it('asks at once, and says nothing of it, when the ticket is refused', async () => {
    const refused = await back();
    refused.hear({ topic: 'session', type: 'ended', code: 'bad_ticket' });
    await settle();
    expect([refused.closed, connection.state.value.is]).toEqual([true, 'connecting']);
    FakeSocket.last.open();
    expect(FakeSocket.last.address).toMatch(/\/api\/socket$/);
    expect(FakeSocket.last.said('hello')[0]).toMatchObject({ ticket: 'ticket-2' });
    expect(heard.map((message) => message.type)).toEqual(['welcome']);
    FakeSocket.last.hear(welcome(8));
    FakeSocket.last.lose();
    await vi.advanceTimersByTimeAsync(1_000);
    FakeSocket.last.open();
    expect(FakeSocket.last.said('hello')[0], 'this welcome brought none').toMatchObject({ ticket: 'ticket-3' });
  });

  it('gives the cookie the time of a whole try, however late the ticket was refused', async () => {
    const refused = await back();
    await vi.advanceTimersByTimeAsync(11_000);
    refused.hear({ topic: 'session', type: 'ended', code: 'bad_ticket' });
    await vi.advanceTimersByTimeAsync(11_000);
    expect(connection.state.value.is).toBe('connecting');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(connection.state.value.is).toBe('waiting');
  });

  it('ends by what the answer to the cookie says', async () => {
    const socket = await back();
    refuse = 'handed_over';
    socket.hear({ topic: 'session', type: 'ended', code: 'bad_ticket' });
    await settle();
    expect(connection.state.value).toEqual({ is: 'ended', code: 'handed_over' });
  });

  it('keeps the ticket while nothing is reached, and asks after some tries in vain', async () => {
    const addresses: (string | undefined)[] = [];
    await back();
    for (let tries = 0; tries < 4; tries += 1) {
      FakeSocket.last.lose();
      await vi.advanceTimersByTimeAsync(8_000);
      addresses.push(FakeSocket.last.address.split('/api')[1]);
    }
    const there = '/halls/xinqu/ws';
    expect(addresses).toEqual([there, there, there, '/socket']);
  });

  it('is over when another page took over: whoever starts again asks', async () => {
    const socket = await back();
    socket.hear(welcome(8, 'back-2'));
    socket.hear({ topic: 'session', type: 'replaced' });
    connection.start();
    await settle();
    FakeSocket.last.open();
    expect(FakeSocket.last.said('hello')[0]).toMatchObject({ ticket: 'ticket-2' });
  });
});

describe('the heartbeat', () => {
  it('beats, and measures way and clock', async () => {
    const socket = await connected();
    expect(socket.said('ping')).toHaveLength(1);
    socket.hear({ topic: 'session', type: 'pong', now: Date.now() + 5_000 });
    await vi.advanceTimersByTimeAsync(25_000);
    expect(socket.said('ping')).toHaveLength(2);
    expect(connection.now() - Date.now()).toBe(5_000);
  });

  it('leaves a socket that is silent', async () => {
    const socket = await connected();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(socket.closed).toBe(true);
  });

  it('keeps a slow socket that answers each heartbeat in its time', async () => {
    beatEachMs = 5_000;
    const socket = await connected();
    await vi.advanceTimersByTimeAsync(6_000);
    for (let answered = 0; answered < 5; answered += 1) {
      socket.hear({ topic: 'session', type: 'pong', now: Date.now() });
      expect(connection.roundTripMs.value).toBe(6_000);
      await vi.advanceTimersByTimeAsync(5_000);
    }
    expect(socket.closed).toBe(false);
  });

  it('leaves a silent socket as soon in a call, where it beats more often than it doubts', async () => {
    beatEachMs = 5_000;
    const socket = await connected();
    socket.hear({ topic: 'session', type: 'pong', now: Date.now() });
    await vi.advanceTimersByTimeAsync(14_000);
    expect(socket.closed).toBe(false);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(socket.closed).toBe(true);
  });
});

describe('a sleep while an answer is owed', () => {
  const hide = () => vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
  const turned = () => document.dispatchEvent(new Event('visibilitychange'));

  /** The page is hidden, which beats, and the device sleeps: its clock goes on, its timers stand still. */
  async function asleep(after: number): Promise<FakeSocket> {
    const socket = await connected();
    socket.hear({ topic: 'session', type: 'pong', now: Date.now() });
    const hidden = hide();
    turned();
    await vi.advanceTimersByTimeAsync(after);
    vi.setSystemTime(Date.now() + 600_000);
    hidden.mockRestore();
    return socket;
  }

  it('puts no clock wrong', async () => {
    const socket = await asleep(100);
    const answeredAt = Date.now() - 600_000;
    turned();
    await vi.advanceTimersByTimeAsync(30);
    socket.hear({ topic: 'session', type: 'pong', now: answeredAt });
    expect(connection.clockOffsetMs.value, 'what was slept over is no measure').toBe(0);
    await vi.advanceTimersByTimeAsync(30);
    socket.hear({ topic: 'session', type: 'pong', now: Date.now() - 30 });
    expect(connection.roundTripMs.value).toBe(60);
    expect(connection.clockOffsetMs.value).toBe(0);
  });

  it('gives a dead socket no more time than any other doubt', async () => {
    const socket = await asleep(100);
    turned();
    await vi.advanceTimersByTimeAsync(2_999);
    expect(socket.closed).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(socket.closed).toBe(true);
  });

  it('gives a living one the time to answer', async () => {
    const socket = await asleep(9_900);
    turned();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(socket.closed).toBe(false);
  });

  it('does not take the answer from before for that of now', async () => {
    const socket = await asleep(100);
    turned();
    socket.hear({ topic: 'session', type: 'pong', now: 1 });
    await vi.advanceTimersByTimeAsync(3_000);
    expect(socket.closed).toBe(true);
  });
});

describe('operations', () => {
  it('hear a refusal', async () => {
    const socket = await connected();
    const outcome = connection.operate({ topic: 'visit', type: 'later' });
    socket.hear({
      topic: 'reply',
      type: 'refused',
      key: socket.said('later')[0]!['key'] as string,
      code: 'already_waited',
    });
    await expect(outcome).resolves.toEqual({ is: 'refused', code: 'already_waited' });
  });

  it('are repeated when the world failed, as late as the server wishes', async () => {
    const socket = await connected();
    socket.hear({ topic: 'session', type: 'pong', now: 1 });
    void connection.operate({ topic: 'visit', type: 'accept' });
    const key = socket.said('accept')[0]!['key'] as string;
    socket.hear({ topic: 'reply', type: 'failed', key, code: 'store_unavailable', retry_ms: 2_000 });
    await vi.advanceTimersByTimeAsync(1_999);
    expect(socket.said('accept')).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(socket.said('accept').map((message) => message['key'])).toEqual([key, key]);
  });

  it('are not repeated behind the person’s back when the world fails for longer', async () => {
    const socket = await connected();
    const outcome = connection.operate({ topic: 'visit', type: 'accept' });
    const key = socket.said('accept')[0]!['key'] as string;
    socket.hear({ topic: 'reply', type: 'failed', key, code: 'disk_full', retry_ms: 10_000 });
    await expect(outcome).resolves.toEqual({ is: 'failed', code: 'disk_full' });
    await vi.advanceTimersByTimeAsync(30_000);
    expect(socket.said('accept')).toHaveLength(1);
  });

  it('that nobody tapped for are said again, however late the server wishes', async () => {
    const socket = await connected();
    socket.hear({ topic: 'session', type: 'pong', now: 1 });
    void connection.operate({ topic: 'share', type: 'stop', kind: 'screen' }, { untapped: true });
    const key = socket.said('stop')[0]!['key'] as string;
    socket.hear({ topic: 'reply', type: 'failed', key, code: 'disk_full', retry_ms: 10_000 });
    await vi.advanceTimersByTimeAsync(9_999);
    expect(socket.said('stop')).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(socket.said('stop').map((message) => message['key'])).toEqual([key, key]);
  });

  it('are given up after a minute without an answer', async () => {
    offline = true;
    connection.start();
    const outcome = connection.operate({ topic: 'visit', type: 'accept' });
    await vi.advanceTimersByTimeAsync(60_000);
    await expect(outcome).resolves.toEqual({ is: 'failed', code: 'no_answer' });
  });

  it('are said once more under the key they had, when it is given', async () => {
    const socket = await connected();
    const say = { topic: 'chat', type: 'say', body: { is: 'text', text: '好' } } as const;
    const lost = connection.operate(say, { key: 'key-of-this-line' });
    connection.stop();
    await lost;
    await connected();
    void connection.operate(say, { key: 'key-of-this-line' });
    const keys = [socket, FakeSocket.last].flatMap((one) => one.said('say').map((message) => message['key']));
    expect(keys).toEqual(['key-of-this-line', 'key-of-this-line']);
  });
});

it('gives messages on in order and ignores what is no message', async () => {
  const socket = await connected();
  socket.onmessage?.({ data: 'nonsense' });
  socket.onmessage?.({ data: '{"hello":1}' });
  socket.hear({ topic: 'call', type: 'lost' });
  expect(heard.map((message) => message.type)).toEqual(['welcome', 'lost']);
});
