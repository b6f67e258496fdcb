import type { ServerMessage } from '@protocol';
import { describe, expect, it } from 'vitest';
import { backoffMs, type ConnectionEvent, type ConnectionState, eventOf, reduceConnection } from './state';
import { welcome } from './testing';

const lost: ConnectionEvent = { type: 'lost', chance: 1, hurried: false };

function walk(events: ConnectionEvent[]): string {
  let state: ConnectionState = { is: 'closed' };
  const path: string[] = [state.is];
  for (const event of events) {
    state = reduceConnection(state, event);
    path.push(state.is === 'waiting' ? `waiting ${state.delayMs}` : state.is);
  }
  return path.join(' > ');
}

describe('the connection', () => {
  const start: ConnectionEvent = { type: 'start' };
  const welcomed: ConnectionEvent = { type: 'welcomed' };
  const due: ConnectionEvent = { type: 'due' };
  const steady: ConnectionEvent = { type: 'steady' };
  const cutOff: ConnectionEvent = { type: 'lost', chance: 1, hurried: true };

  it.each<[string, ConnectionEvent[], string]>([
    ['signs in', [start, welcomed], 'closed > connecting > connected'],
    [
      'comes back quickly from a good socket',
      [start, welcomed, steady, lost, due],
      'closed > connecting > connected > connected > waiting 500 > connecting',
    ],
    [
      'waits longer each time',
      [start, lost, due, lost, due, lost],
      'closed > connecting > waiting 500 > connecting > waiting 1000 > connecting > waiting 2000',
    ],
    [
      'tries quickly for people cut off in a talk',
      [start, welcomed, cutOff, due, cutOff, due, cutOff],
      'closed > connecting > connected > waiting 500 > connecting > waiting 500 > connecting > waiting 500',
    ],
    [
      'does not storm a server that greets and drops',
      [start, lost, due, welcomed, lost],
      'closed > connecting > waiting 500 > connecting > connected > waiting 1000',
    ],
    [
      'does not wait when the page wakes',
      [start, lost, { type: 'nudge' }],
      'closed > connecting > waiting 500 > connecting',
    ],
    [
      'stays away when a newer page took over',
      [start, welcomed, { type: 'replaced' }, lost, { type: 'nudge' }],
      'closed > connecting > connected > replaced > replaced > replaced',
    ],
    [
      'takes over again when asked',
      [start, welcomed, { type: 'replaced' }, start],
      'closed > connecting > connected > replaced > connecting',
    ],
    [
      'stays away when the server ended it',
      [start, { type: 'ended', code: 'signed_out' }, { type: 'nudge' }],
      'closed > connecting > ended > ended',
    ],
    ['hears nothing once closed', [{ type: 'replaced' }, lost, due], 'closed > closed > closed > closed'],
    ['starts once', [start, start], 'closed > connecting > connecting'],
  ])('%s', (_name, events, path) => expect(walk(events)).toBe(path));

  it('hurries for a server that starts slowly, and not for ever', () => {
    const delays: number[] = [];
    let state: ConnectionState = reduceConnection({ is: 'closed' }, start);
    for (let tries = 0; tries < 33; tries += 1) {
      state = reduceConnection(state, cutOff);
      delays.push(state.is === 'waiting' ? state.delayMs : 0);
      state = reduceConnection(state, due);
    }
    const times = (count: number, delayMs: number) => Array<number>(count).fill(delayMs);
    expect(delays).toEqual([...times(10, 500), ...times(20, 1_000), 2_000, 4_000, 8_000]);
  });

  it('never waits longer than 15 s nor less than half a step', () => {
    expect(backoffMs(30, 1)).toBe(15_000);
    expect(backoffMs(1, 0)).toBe(250);
  });
});

describe('what a message says about its socket', () => {
  it.each<[ServerMessage, ConnectionEvent | null]>([
    [welcome(7), { type: 'welcomed' }],
    [{ topic: 'session', type: 'pong', now: 1 }, { type: 'steady' }],
    [{ topic: 'session', type: 'replaced' }, { type: 'replaced' }],
    [
      { topic: 'session', type: 'ended', code: 'signed_out' },
      { type: 'ended', code: 'signed_out' },
    ],
    [{ topic: 'call', type: 'lost' }, null],
  ])('%o', (message, event) => expect(eventOf(message)).toEqual(event));

  it('may be unknown to an old page', () => {
    expect(eventOf({ topic: 'session', type: 'newer' } as unknown as ServerMessage)).toBeNull();
  });
});
