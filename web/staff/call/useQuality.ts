import type { Call } from '@kit/call';
import { qualityBetween, type Quality, readStats, type Reading } from '@kit/call/quality';
import { onScopeDispose, readonly, ref } from 'vue';

const EACH_MS = 3_000;

/** Reads the connection now and then and says how it is. Before the talk nothing flows, and nothing is said. */
export function useQuality(call: Pick<Call, 'stats' | 'opened' | 'link'>) {
  const quality = ref<Quality>('unknown');
  let before: Reading | null = null;

  async function read(): Promise<void> {
    const report = call.opened.value && call.link.value.is === 'up' ? await call.stats() : undefined;
    if (!report) {
      before = null;
      quality.value = 'unknown';
      return;
    }
    const now = readStats(report);
    quality.value = qualityBetween(before, now);
    before = now;
  }
  const timer = setInterval(() => void read(), EACH_MS);
  onScopeDispose(() => clearInterval(timer));
  return readonly(quality);
}
