import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createFlowWatch } from './flow';

let packets: number;
let told: boolean[];
let watch: ReturnType<typeof createFlowWatch>;

beforeEach(async () => {
  vi.useFakeTimers();
  packets = 0;
  told = [];
  watch = createFlowWatch({
    stats: () =>
      Promise.resolve(
        new Map([['a', { type: 'inbound-rtp', kind: 'audio', packetsReceived: packets }]]) as unknown as RTCStatsReport,
      ),
    onFlowing: (flowing) => told.push(flowing),
  });
  watch.start();
  await vi.advanceTimersByTimeAsync(0);
});
afterEach(() => {
  watch.stop();
  vi.useRealTimers();
});

const poll = async (received: number) => {
  packets = received;
  await vi.advanceTimersByTimeAsync(1_000);
};

it('says within 5 s that the voice is gone, and when it is back', async () => {
  await poll(75);
  await poll(75);
  expect(told).toEqual([true]);
  await poll(75);
  expect(told).toEqual([true, false]);
  await poll(90);
  expect(told).toEqual([true, false, true]);
});

it('says nothing before the first voice', async () => {
  await poll(0);
  await poll(0);
  await poll(0);
  expect(told).toEqual([]);
});

it('says nothing of a second talk on the same connection before its first voice', async () => {
  await poll(75);
  watch.stop();
  packets = 90;
  told = [];
  watch.start();
  for (let second = 0; second < 4; second += 1) await poll(90);
  expect(told).toEqual([]);
  await poll(91);
  await poll(91);
  await poll(91);
  expect(told).toEqual([true, false]);
});

it('takes a new connection for what it is', async () => {
  await poll(500);
  await poll(20);
  expect(told).not.toContain(false);
});
