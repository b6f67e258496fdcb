import { readonly, shallowRef } from 'vue';
import type { CallEnvironment } from './environment';

const EACH_MS = 150;

/** Reads how loud streams are, in four steps, so that a screen is not redrawn for nothing. */
export function createLevels(environment: Pick<CallEnvironment, 'makeAudioContext'>) {
  const levels = shallowRef({ mine: 0, theirs: 0 });
  let context: AudioContext | undefined;
  let timer: ReturnType<typeof setInterval> | undefined;
  const meters: { mine?: AnalyserNode; theirs?: AnalyserNode } = {};

  function read(): void {
    const mine = loudness(meters.mine);
    const theirs = loudness(meters.theirs);
    if (mine !== levels.value.mine || theirs !== levels.value.theirs) levels.value = { mine, theirs };
  }

  return {
    levels: readonly(levels),
    attach(side: 'mine' | 'theirs', stream: MediaStream | null): void {
      meters[side]?.disconnect();
      delete meters[side];
      if (!stream) return;
      try {
        context ??= environment.makeAudioContext?.();
        if (!context) return;
        const meter = context.createAnalyser();
        meter.fftSize = 512;
        context.createMediaStreamSource(stream).connect(meter);
        meters[side] = meter;
        timer ??= setInterval(read, EACH_MS);
      } catch {
        // A meter is a comfort; the call goes on without it.
      }
    },
    /** From a click: web views start the context only then. */
    open(): void {
      if (context?.state === 'suspended') void context.resume().catch(() => undefined);
    },
    close(): void {
      clearInterval(timer);
      timer = undefined;
      meters.mine?.disconnect();
      meters.theirs?.disconnect();
      delete meters.mine;
      delete meters.theirs;
      void context?.close().catch(() => undefined);
      context = undefined;
      levels.value = { mine: 0, theirs: 0 };
    },
  };
}

function loudness(meter: AnalyserNode | undefined): number {
  if (!meter) return 0;
  const samples = new Uint8Array(meter.fftSize);
  meter.getByteTimeDomainData(samples);
  let sum = 0;
  for (const sample of samples) sum += ((sample - 128) / 128) ** 2;
  const root = Math.sqrt(sum / samples.length);
  // −50 dB is silence, −10 dB is loud speech; shown in quarters.
  const decibel = root > 0 ? 20 * Math.log10(root) : -100;
  return Math.min(1, Math.max(0, Math.ceil(((decibel + 50) / 40) * 4) / 4));
}
