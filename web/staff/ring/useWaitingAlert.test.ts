import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { effectScope, type EffectScope, nextTick, ref, shallowRef } from 'vue';
import type { Desk } from '../console/desk';
import { aView, inLine, lineOf, liNainai, TEN, window3 } from '../testing';
import { useWaitingAlert, type WaitingAlert } from './useWaitingAlert';

let scope: EffectScope;
let alert: WaitingAlert;
const knock = vi.fn();
const now = ref(TEN);
const onDemand: Desk = { is: 'idle', window: window3({ is: 'idle' }, { is: 'on_demand' }) };
const desk = shallowRef<Desk>(onDemand);
const state = shallowRef({ view: aView() });
const line = (...head: Parameters<typeof lineOf>) => (state.value = { view: aView({ line: lineOf(...head) }) });

beforeEach(() => {
  [now.value, desk.value] = [TEN, onDemand];
  line();
  knock.mockClear();
  scope = effectScope();
  alert = scope.run(() => useWaitingAlert({ desk, state, now } as never, { knock }))!;
});
afterEach(() => scope.stop());

async function pass(seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    now.value += 1_000;
    await nextTick();
  }
}

it('knocks at once and every twenty seconds while somebody waits for a window that calls by hand', async () => {
  await pass(60);
  expect(knock).not.toHaveBeenCalled();
  line(inLine());
  await nextTick();
  expect([knock.mock.calls.length, alert.waiting.value]).toEqual([1, 1]);
  await pass(61);
  expect(knock).toHaveBeenCalledTimes(4);
  line();
  await pass(60);
  expect(knock).toHaveBeenCalledTimes(4);
});

it.each<[string, Desk]>([
  ['one that is rung by itself', { is: 'idle', window: window3() }],
  ['one on a break', { is: 'idle', window: window3({ is: 'idle' }, { is: 'break', reason: 'rest' }) }],
  [
    'one with a ring, whose own sound it would cover',
    { is: 'ringing', window: window3(), visit: liNainai(), until: TEN },
  ],
])('is quiet at %s', async (_name, now) => {
  desk.value = now;
  line(inLine());
  await pass(60);
  expect(knock).not.toHaveBeenCalled();
});

it('knocks for a window that is paused until its person says that they are back', async () => {
  desk.value = { is: 'idle', window: window3({ is: 'suspect', reason: 'ring_unanswered', until: null }) };
  line(inLine());
  await pass(1);
  expect(knock).toHaveBeenCalledTimes(1);
});

it('is quiet for those who are away, or of a queue this window does not take', async () => {
  line(inLine({ away: true }), inLine({ visit: 'wu', queue: 'b' }));
  await pass(60);
  expect([knock.mock.calls.length, alert.waiting.value]).toEqual([0, 0]);
});

it('is muted for ten minutes and no longer', async () => {
  line(inLine());
  await pass(1);
  alert.mute();
  await pass(599);
  expect([knock.mock.calls.length, alert.muted.value, alert.waiting.value]).toEqual([1, true, 1]);
  await pass(2);
  expect([knock.mock.calls.length, alert.muted.value]).toEqual([2, false]);
});
