import { announce, announceUrgently, hush, hushUrgent, takeBack } from '@kit/components';
import { computed, watch } from 'vue';
import { t } from './text';
import type { Visit } from './useVisit';
import { aheadWords } from './words';

/** Says the changes a person must hear of, and writes them into the title for those who look elsewhere. */
export function useAnnouncements(visit: Visit): void {
  const status = computed(() => visit.state.value.visit?.status);
  const ahead = computed(() => {
    const now = status.value;
    return now?.state === 'waiting' ? aheadWords(now.place) : '';
  });
  const title = computed(() => {
    const now = status.value;
    if (now?.state === 'calling') return t('queue.near_title');
    if (now?.state === 'connecting') return t('connect.heading');
    return `${ahead.value}${visit.state.value.hall.name}`;
  });

  watch(visit.lost, (lost) => !lost && announce(t('network.back')));
  // Before what is said of the new screen, or of the new state on the same one.
  watch(visit.screen, hush);
  watch(() => status.value?.state, hushUrgent);
  watch(ahead, (_now, words) => takeBack(words));
  watch(title, (words) => (document.title = words), { immediate: true });
  watch(ahead, (words) => words && announce(words));
  watch(
    () => visit.state.value.visit?.suspension?.text,
    (text) => text && announceUrgently(`${t('suspension.title')}。${text}`),
  );
  watch(
    () => status.value?.state,
    (state) => {
      if (state === 'calling') announceUrgently(`${t('queue.near_title')}${t('queue.near_again')}`);
      if (state === 'connecting') announceUrgently(t('connect.heading'));
      if (state === 'callback_kept') announce(t('queue.callback_done'));
      if (state === 'dropped') announceUrgently(t('connect.dropped'));
    },
  );
}
