import { getCurrentScope, onScopeDispose, watch } from 'vue';
import type { Visit } from './useVisit';

/** The phone's back button leads from the telephone to the choice of items and from there to the entry, not out of the page. */
export function useBackButton(visit: Visit, page: Window = window): void {
  watch(visit.screen, (screen, before) => {
    if (screen === 'leave' || (screen === 'items' && before !== 'leave')) page.history.pushState({ screen }, '');
    else if (screen !== 'items' && (before === 'items' || before === 'leave')) page.history.replaceState(null, '');
  });
  const back = () => {
    if (visit.screen.value === 'leave') visit.chooseMatter(undefined);
    else if (visit.screen.value === 'items') visit.choose(false);
  };
  page.addEventListener('popstate', back);
  if (getCurrentScope()) onScopeDispose(() => page.removeEventListener('popstate', back));
}
