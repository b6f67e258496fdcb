import type { Call } from '@kit/call';
import { useVoiceLost } from '@kit/call/useVoiceLost';
import { computed, type ShallowRef } from 'vue';
import type { BarWord } from '../parts/barWord';
import { t } from '../text';
import { tCall } from './text';
import type { Visit } from '../useVisit';
import { useCallMode } from './useCallMode';

/** What is to be said of the way between the two, of whom the other is called `name`. */
export function useLinkWord(visit: Visit, call: Readonly<ShallowRef<Call | null>>, name: () => string) {
  const { mode } = useCallMode(visit);
  const state = computed(() => visit.state.value.visit?.status.state);
  const serving = computed(() => state.value === 'serving' && mode.value === 'media');
  const link = computed(() => (serving.value ? call.value?.link.value : undefined));
  const supported = computed(() => call.value?.support.call ?? true);
  /** No sound for as long as the hall's rules allow. */
  const stuck = computed(() => supported.value && link.value?.is === 'building' && link.value.tooLong);
  const voiceLost = useVoiceLost(
    () => serving.value,
    () => call.value,
  );
  /** It comes and goes by itself, so it stands in the bar at the top and moves nothing. */
  const word = computed<BarWord | null>(() => {
    if (state.value === 'dropped') return { kind: 'warn', text: t('connect.dropped') };
    if (link.value?.is === 'shaky') return { kind: 'warn', text: tCall('call.reconnecting') };
    if (voiceLost.value) return { kind: 'warn', text: tCall('call.voice_lost', { name: name() }) };
    if (link.value?.is !== 'building' || stuck.value) return null;
    return { kind: 'info', text: t('connect.connecting') };
  });
  return { stuck, voiceLost, word };
}
