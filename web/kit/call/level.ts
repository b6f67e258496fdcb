import { readonly, shallowRef } from 'vue';
import type { CallEnvironment } from './environment';

const EACH_MS = 150;

/** As long as the two are connected the browser computes them, whether anybody reads them or not. */
type Meter = { source: MediaStreamAudioSourceNode; analyser: AnalyserNode };

/** Reads how loud streams are, in four steps, so that a screen is not redrawn for nothing. */
export function createLevels(environment: Pick<CallEnvironment, 'makeAudioContext'>) {
  const levels = shallowRef({ mine: 0, theirs: 0 });
  let context: AudioContext | undefined;
  let timer: ReturnType<typeof setInterval> | undefined;
  const meters: { mine?: Meter; theirs?: Meter } = {};

  /** A talk that is cut off and comes back again and again must not grow heavier each time. */
  function detach(side: 'mine' | 'theirs'): void {
    meters[side]?.source.disconnect();
    delete meters[side];
  }

  function read(): void {
    const mine = loudness(meters.mine);
    const theirs = loudness(meters.theirs);
    if (mine !== levels.value.mine || theirs !== levels.value.theirs) levels.value = { mine, theirs };
  }

  return {
    levels: readonly(levels),
    /** The own voice as the meter hears it. */
    source: (): AudioNode | undefined => meters.mine?.source,
    attach(side: 'mine' | 'theirs', stream: MediaStream | null): void {
      detach(side);
      if (!stream) return;
      try {
        context ??= environment.makeAudioContext?.();
        if (!context) return;
        const [source, analyser] = [context.createMediaStreamSource(stream), context.createAnalyser()];
        analyser.fftSize = 512;
        source.connect(analyser);
        meters[side] = { source, analyser };
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
      detach('mine');
      detach('theirs');
      void context?.close().catch(() => undefined);
      context = undefined;
      levels.value = { mine: 0, theirs: 0 };
    },
  };
}

function loudness(meter: Meter | undefined): number {
  if (!meter) return 0;
  const samples = new Uint8Array(meter.analyser.fftSize);
  meter.analyser.getByteTimeDomainData(samples);
  let sum = 0;
  for (const sample of samples) sum += ((sample - 128) / 128) ** 2;
  const root = Math.sqrt(sum / samples.length);
  // −50 dB is silence, −10 dB is loud speech; shown in quarters.
  const decibel = root > 0 ? 20 * Math.log10(root) : -100;
  return Math.min(1, Math.max(0, Math.ceil(((decibel + 50) / 40) * 4) / 4));
}
