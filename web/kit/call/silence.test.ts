import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createSilence } from './silence';

/** A microphone in a context; `noise` is what each sample reads. */
function microphone() {
  const context = { state: 'running', noise: 1e-5, createAnalyser };
  function createAnalyser() {
    return { context, fftSize: 0, getFloatTimeDomainData: (samples: Float32Array) => samples.fill(context.noise) };
  }
  const source = { context, connect: vi.fn() };
  return { context, source };
}

/** Looks each second, as the window's page does. */
function look({ deadMs }: ReturnType<typeof createSilence>, seconds: number): number | null {
  for (let second = 1; second < seconds; second += 1) {
    vi.advanceTimersByTime(1_000);
    deadMs();
  }
  vi.advanceTimersByTime(1_000);
  return deadMs();
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

it('tells a microphone that gives nothing at all from one in a quiet room, and from one whose noise gate is shut again', () => {
  const { context, source } = microphone();
  const silence = createSilence(() => source as unknown as AudioNode);
  context.noise = 0;
  expect(look(silence, 31)).toBe(30_000);
  context.noise = -1e-5;
  expect(silence.deadMs(), 'the first sound').toBe(0);
  expect(look(silence, 60), 'a quiet room').toBe(0);
  context.noise = 0;
  expect(look(silence, 600), 'nobody speaks').toBe(0);
  expect(source.connect).toHaveBeenCalledTimes(1);
});

it('knows nothing without a microphone or while sound stands still, and begins anew with each and after a talk', () => {
  const { context, source } = microphone();
  let now: AudioNode | undefined;
  const silence = createSilence(() => now);
  expect(silence.deadMs()).toBeNull();
  now = source as unknown as AudioNode;
  context.noise = 0;
  expect(silence.deadMs()).toBe(0);
  expect(look(silence, 20)).toBe(20_000);
  context.state = 'suspended';
  expect(silence.deadMs()).toBeNull();
  context.state = 'running';
  expect(look(silence, 20)).toBe(19_000);
  vi.advanceTimersByTime(600_000);
  expect(silence.deadMs(), 'nobody looked during the talk').toBe(0);
  expect(look(silence, 20)).toBe(20_000);
  const other = microphone();
  other.context.noise = 0;
  now = other.source as unknown as AudioNode;
  expect(silence.deadMs(), 'another microphone').toBe(0);
});
