import { computed, onScopeDispose, readonly, ref } from 'vue';
import { qualityBetween, type Quality, readStats, type Reading } from './quality';
import type { Call } from './useCall';

const EACH_MS = 3_000;
/** Readings that make a change: a person is told of nothing that is over before it is read. */
const STEADY = 2;

/** Reads the connection now and then and says how it is. Before the talk nothing flows, and nothing is said. */
export function useQuality(call: () => Pick<Call, 'stats' | 'opened' | 'link'> | null) {
  const quality = ref<Quality>('unknown');
  const poor = ref(false);
  let before: Reading | null = null;
  /** Readings in a row that say otherwise than `poor` does. */
  let otherwise = 0;

  function weigh(now: Quality): void {
    quality.value = now;
    otherwise = (now === 'poor') === poor.value ? 0 : otherwise + 1;
    if (otherwise < STEADY) return;
    poor.value = !poor.value;
    otherwise = 0;
  }

  async function read(): Promise<void> {
    const its = call();
    const report = its?.opened.value && its.link.value.is === 'up' ? await its.stats() : undefined;
    const now = report ? readStats(report) : null;
    weigh(now ? qualityBetween(before, now) : 'unknown');
    before = now;
  }
  const timer = setInterval(() => void read(), EACH_MS);
  onScopeDispose(() => clearInterval(timer));
  return {
    quality: readonly(quality),
    /** The talk suffers, and has for some seconds; so steady that a line about it does not flicker. */
    poor: computed(() => poor.value),
  };
}
