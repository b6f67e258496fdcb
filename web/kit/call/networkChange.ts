import { onScopeDispose } from 'vue';

/** Tells when the page moved to another network. */
export function useNetworkChange(page: Window, onChange: () => void): void {
  // Android tells a change from Wi-Fi to the mobile network here, and only here.
  const { connection } = page.navigator as Navigator & { connection?: EventTarget & { type?: string } };
  let kind = connection?.type;
  /** The same event also tells every new guess of the speed: only another kind of network counts. */
  const kindChanged = () => {
    if (connection?.type === kind) return;
    kind = connection?.type;
    if (kind !== 'none') onChange();
  };
  page.addEventListener('online', onChange);
  connection?.addEventListener?.('change', kindChanged);
  onScopeDispose(() => {
    page.removeEventListener('online', onChange);
    connection?.removeEventListener?.('change', kindChanged);
  }, true);
}
