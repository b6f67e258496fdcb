/** Half a second and more of sound: a voice or the noise of a room is never missed twice. */
const WINDOW = 32_768;
/** Not looked at for longer, as during a talk, nobody knows what it gave meanwhile. */
const GAP_MS = 5_000;

/**
 * Whether the own microphone gives anything at all, be it the noise of a quiet room: one that is switched off at the headset gives exact
 * zeros. So does a noise gate until somebody speaks: what has given anything since it was opened is alive. It is looked at when it is asked.
 */
export function createSilence(source: () => AudioNode | undefined) {
  let tapped: AudioNode | undefined;
  let analyser: AnalyserNode | undefined;
  let isAlive = false;
  /** Since when it is looked at, by the clock that only runs forward. */
  let since: number | undefined;
  let lookedAt = -Infinity;

  /** Another microphone, another source. */
  function tap(): void {
    const now = source();
    if (now === tapped) return;
    tapped = now;
    isAlive = false;
    since = undefined;
    analyser = now?.context.createAnalyser();
    if (!now || !analyser) return;
    analyser.fftSize = WINDOW;
    now.connect(analyser);
  }

  return {
    /** For how long it has given nothing since it was opened, milliseconds; 0 once it has. `null` where nobody knows, as before the first tap of the page. */
    deadMs(): number | null {
      tap();
      if (isAlive) return 0;
      if (analyser?.context.state !== 'running') {
        since = undefined;
        return null;
      }
      const samples = new Float32Array(analyser.fftSize);
      analyser.getFloatTimeDomainData(samples);
      const now = performance.now();
      const after = now - lookedAt;
      lookedAt = now;
      isAlive = samples.some((sample) => sample !== 0);
      if (since === undefined || after > GAP_MS || isAlive) since = now;
      return now - since;
    },
  };
}
