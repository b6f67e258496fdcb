import { durationWords } from '@kit/text/duration';
import type { VisitStatus } from '@protocol';
import { computed } from 'vue';
import { useNow } from '../parts/useNow';
import { tLater } from '../queue/laterText';
import { t } from '../text';
import type { Visit } from '../useVisit';

/**
 * What is said to whoever is on hold, anew each time it has lasted so much longer as the rules of the hall say, or null: silence would read as a call that broke. A page that is cut off does not know whether
 * anybody asks for them still.
 */
export function useHoldNotice(visit: Visit, status: () => VisitStatus, name: () => string) {
  const now = useNow(visit);
  return computed(() => {
    const held = status();
    if (held.state !== 'held' || visit.lost.value) return null;
    const againMs = visit.state.value.visit?.promises.hold_notice_ms ?? 0;
    const times = againMs > 0 ? Math.floor((now.value - held.since) / againMs) : 0;
    if (times < 1) return tLater('hold.begun', { name: name() });
    return tLater('hold.lasting', { name: name(), time: durationWords(times * againMs, t) });
  });
}
