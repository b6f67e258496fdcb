export type RingEnvironment = {
  makeAudioContext: (() => AudioContext) | undefined;
  vibrate: ((pattern: number[]) => boolean) | undefined;
};

export function browserRing(): RingEnvironment {
  const webkit = window as Window & { webkitAudioContext?: typeof AudioContext };
  const Audio = typeof AudioContext === 'undefined' ? webkit.webkitAudioContext : AudioContext;
  return {
    makeAudioContext: Audio ? () => new Audio() : undefined,
    vibrate:
      typeof navigator.vibrate === 'function'
        ? // Before the first tap browsers refuse, and complain.
          (pattern) => navigator.userActivation?.hasBeenActive !== false && navigator.vibrate(pattern)
        : undefined,
  };
}

/** Two falling notes twice, then a pause: seconds after the start of a round, and hertz. */
const NOTES: readonly [number, number][] = [
  [0, 880],
  [0.25, 660],
  [0.7, 880],
  [0.95, 660],
];
const NOTE_SECONDS = 0.22;
const LOUD = 0.6;
/** One low note, softer: nobody takes it for a ring. */
const KNOCK_HERTZ = 440;
const KNOCK_LOUD = 0.25;
const ROUND_MS = 2_500;

/** The ring tone, made by the browser itself: no file to load when the network is weak. */
export function createRing(environment: RingEnvironment = browserRing()) {
  let context: AudioContext | undefined;
  let timer: ReturnType<typeof setInterval> | undefined;

  function once(): void {
    environment.vibrate?.([300, 150, 300]);
    if (!context || context.state !== 'running') return;
    for (const [at, hertz] of NOTES) note(context, context.currentTime + at, hertz, LOUD);
  }

  /** Somebody waits: once, and never into a ring. */
  function knock(): void {
    if (timer !== undefined || !context) return;
    if (context.state === 'running') note(context, context.currentTime, KNOCK_HERTZ, KNOCK_LOUD);
    else void context.resume().catch(() => undefined);
  }

  return {
    /** From a tap: afterwards the ring may sound by itself. True when it can. */
    async unlock(): Promise<boolean> {
      try {
        context ??= environment.makeAudioContext?.();
        if (context && context.state !== 'running') await context.resume();
      } catch {
        return false;
      }
      return context?.state === 'running';
    },
    /** Once, for the sound test. */
    once,
    knock,
    start(): void {
      if (timer !== undefined) return;
      // A page that slept finds its context suspended.
      if (context && context.state !== 'running') void context.resume().then(once, () => undefined);
      once();
      timer = setInterval(once, ROUND_MS);
    },
    stop(): void {
      if (timer === undefined) return;
      clearInterval(timer);
      timer = undefined;
      environment.vibrate?.([]);
    },
    close(): void {
      clearInterval(timer);
      timer = undefined;
      void context?.close().catch(() => undefined);
      context = undefined;
    },
  };
}

export type Ring = ReturnType<typeof createRing>;

function note(context: AudioContext, at: number, hertz: number, loud: number): void {
  const tone = context.createOscillator();
  const loudness = context.createGain();
  tone.type = 'triangle';
  tone.frequency.value = hertz;
  loudness.gain.setValueAtTime(0.0001, at);
  loudness.gain.exponentialRampToValueAtTime(loud, at + 0.02);
  loudness.gain.exponentialRampToValueAtTime(0.0001, at + NOTE_SECONDS);
  tone.connect(loudness).connect(context.destination);
  tone.start(at);
  tone.stop(at + NOTE_SECONDS);
}
