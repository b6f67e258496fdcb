import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { effectScope, type EffectScope, ref } from 'vue';
import type { LinkState } from './link';
import { useQuality } from './useQuality';

let scope: EffectScope;
beforeEach(() => {
  vi.useFakeTimers();
  scope = effectScope();
});
afterEach(() => {
  scope.stop();
  vi.useRealTimers();
});

/** A talk that loses this share of what is sent from now on. */
function talk() {
  const sums = { packets: 0, lost: 0 };
  let share = 0;
  const link = ref({ is: 'up' } as LinkState);
  const stats = () => {
    sums.packets += 100 * (1 - share);
    sums.lost += 100 * share;
    const inbound = { type: 'inbound-rtp', packetsReceived: sums.packets, packetsLost: sums.lost };
    return Promise.resolve(new Map([['a', inbound]]) as unknown as RTCStatsReport);
  };
  const { quality, poor } = scope.run(() => useQuality(() => ({ opened: ref(true), link, stats }) as never))!;
  return {
    quality,
    poor,
    link,
    /** Three seconds of it, so many times. */
    async lose(next: number, times = 1): Promise<void> {
      share = next;
      await vi.advanceTimersByTimeAsync(3_000 * times);
    },
  };
}

it('says that a talk suffers once it has for some seconds, and until it is well again', async () => {
  const { quality, poor, lose } = talk();
  await lose(0, 2);
  await lose(0.3);
  expect([quality.value, poor.value]).toEqual(['poor', false]);
  await lose(0.3);
  expect(poor.value).toBe(true);
  await lose(0);
  expect([quality.value, poor.value], 'one good moment changes nothing').toEqual(['good', true]);
  await lose(0.3);
  await lose(0, 2);
  expect(poor.value).toBe(false);
});

it('does not flicker while good and poor moments take turns', async () => {
  const { poor, lose } = talk();
  await lose(0);
  for (const share of [0.3, 0, 0.3, 0, 0.3, 0]) {
    await lose(share);
    expect(poor.value).toBe(false);
  }
});

it('says nothing of a link that is being built again', async () => {
  const { quality, poor, link, lose } = talk();
  await lose(0);
  await lose(0.3, 2);
  link.value = { is: 'shaky' } as LinkState;
  await lose(0.3, 2);
  expect([quality.value, poor.value]).toEqual(['unknown', false]);
});
