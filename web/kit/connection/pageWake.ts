import { onScopeDispose } from 'vue';

/** Tells when the page is looked at again or the network is back, and when the page is hidden. */
export function usePageWake(page: Window, onWake: () => void, onHidden: () => void): void {
  const { document } = page;
  const turned = () => (document.visibilityState === 'visible' ? onWake() : onHidden());
  document.addEventListener('visibilitychange', turned);
  page.addEventListener('online', onWake);
  page.addEventListener('pageshow', onWake);
  onScopeDispose(() => {
    document.removeEventListener('visibilitychange', turned);
    page.removeEventListener('online', onWake);
    page.removeEventListener('pageshow', onWake);
  }, true);
}
