import { getCurrentScope, onScopeDispose, watch } from 'vue';
import type { Visit } from './useVisit';

/** The phone's back button leads from the choice of items to the entry, not out of the page. */
export function useBackButton(visit: Visit, page: Window = window): void {
  watch(visit.screen, (screen, before) => {
    if (screen === 'items') page.history.pushState({ screen }, '');
    else if (before === 'items') page.history.replaceState(null, '');
  });
  const back = () => {
    if (visit.screen.value === 'items') visit.choose(false);
  };
  page.addEventListener('popstate', back);
  if (getCurrentScope()) onScopeDispose(() => page.removeEventListener('popstate', back));
}
