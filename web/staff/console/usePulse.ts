import { onScopeDispose } from 'vue';
import pulseUrl from './pulse.worker.ts?worker&url';

export type PulseOptions = {
  /** Once a second, also while the page is hidden. */
  onBeat: () => void;
  makeWorker?: () => Worker;
};

const SECOND_MS = 1_000;

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

type TrustedTypes = {
  createPolicy: (
    name: string,
    rules: { createScriptURL: (url: string) => string },
  ) => {
    createScriptURL: (url: string) => string;
  };
};

let trusted: ReturnType<TrustedTypes['createPolicy']> | undefined;

/** Our pages allow scripts by named policies only; this one knows a single address, our own. */
function ownWorker(): Worker {
  const { trustedTypes } = window as Window & { trustedTypes?: TrustedTypes };
  trusted ??= trustedTypes?.createPolicy('pulse', { createScriptURL: () => pulseUrl });
  return new Worker(trusted?.createScriptURL(pulseUrl) ?? pulseUrl, { type: 'module' });
}
