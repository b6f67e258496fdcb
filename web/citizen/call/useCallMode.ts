import type { CallMode } from '@protocol';
import { computed } from 'vue';
import type { Visit } from '../useVisit';

/** How the two talk now, and the ways to change it. */
export function useCallMode(visit: Visit) {
  const mode = computed<CallMode>(() => {
    const status = visit.state.value.visit?.status;
    return status?.state === 'serving' ? status.mode : 'media';
  });
  const change = (wanted: CallMode) => visit.operate({ topic: 'call', type: 'mode', mode: wanted });
  return {
    mode,
    /** On the way to another window: what was shown has stopped, and nothing new is shown to nobody. */
    moving: computed(() => visit.state.value.visit?.status.state === 'transferring'),
    toText: () => change('text'),
    toMedia: () => change('media'),
    toTelephone: () => change('telephone'),
  };
}
