import { onScopeDispose } from 'vue';

export type PulseOptions = {
  /** Once a second, also while the page is hidden. */
  onBeat: () => void;
  makeWorker?: () => Worker;
};

const SECOND_MS = 1_000;

const ownWorker = () => new Worker(new URL('./pulse.worker.ts', import.meta.url), { type: 'module' });

/** A heartbeat that a hidden page keeps. Where there is no worker, the page's own timer must do. */
export function usePulse(options: PulseOptions): void {
  let worker: Worker | undefined;
  let timer: ReturnType<typeof setInterval> | undefined;
  const ownTimer = () => {
    timer ??= setInterval(options.onBeat, SECOND_MS);
  };
  try {
    worker = (options.makeWorker ?? ownWorker)();
    worker.onmessage = options.onBeat;
    worker.onerror = ownTimer;
  } catch {
    ownTimer();
  }
  onScopeDispose(() => {
    worker?.terminate();
    clearInterval(timer);
  });
}
