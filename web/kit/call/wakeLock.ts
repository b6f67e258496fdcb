import type { CallEnvironment } from './environment';

/** Keeps the screen lit while a call runs, where the browser can. */
export function createWakeLock({ environment }: { environment: Pick<CallEnvironment, 'wakeLock' | 'page'> }) {
  const { document } = environment.page;
  let wanted = false;
  let lock: WakeLockSentinel | undefined;

  async function take(): Promise<void> {
    if (!wanted || document.visibilityState !== 'visible' || !environment.wakeLock) return;
    try {
      const taken = await environment.wakeLock.request('screen');
      // A talk that ended and another that began meanwhile have asked twice.
      const surplus = wanted ? lock : taken;
      if (wanted) lock = taken;
      await surplus?.release();
    } catch {
      // A weak battery or an old view says no; the call goes on.
    }
  }
  // The browser lets go whenever the page is hidden.
  const again = () => void take();

  return {
    hold(): void {
      if (wanted) return;
      wanted = true;
      document.addEventListener('visibilitychange', again);
      void take();
    },
    release(): void {
      wanted = false;
      document.removeEventListener('visibilitychange', again);
      void lock?.release().catch(() => undefined);
      lock = undefined;
    },
  };
}
