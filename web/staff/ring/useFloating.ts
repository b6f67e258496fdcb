import { computed, onScopeDispose, shallowRef } from 'vue';

/** Document Picture-in-Picture (Chromium 116): a small window above every program. Not in the DOM library yet. */
type DocumentPictureInPicture = {
  requestWindow: (size: { width: number; height: number }) => Promise<Window>;
};

type Host = Window & { documentPictureInPicture?: DocumentPictureInPicture };

const SIZE = { width: 340, height: 240 };

/** The floating card above the program the clerk works in. Opened by a tap, because browsers ask for one. */
export function useFloating(host: Host = window) {
  const body = shallowRef<HTMLElement | null>(null);
  let open: Window | undefined;

  async function show(): Promise<void> {
    if (!host.documentPictureInPicture || open) return;
    try {
      open = await host.documentPictureInPicture.requestWindow(SIZE);
    } catch {
      // The browser says no without a tap; the console itself still rings.
      return;
    }
    copyStyles(host.document, open.document);
    body.value = open.document.body;
    // The keys of the console work there too.
    open.addEventListener('keydown', (event) => {
      if (event.key.startsWith('F')) host.dispatchEvent(new KeyboardEvent('keydown', event));
    });
    open.addEventListener('pagehide', () => {
      open = undefined;
      body.value = null;
    });
  }

  onScopeDispose(() => open?.close());

  return {
    isSupported: host.documentPictureInPicture !== undefined,
    /** Where to put the card; `null` while it is closed. */
    body: computed(() => body.value),
    show,
    close: () => open?.close(),
  };
}

export type Floating = ReturnType<typeof useFloating>;

/** The small window begins without any style: it gets the page's own. */
function copyStyles(from: Document, to: Document): void {
  to.documentElement.lang = from.documentElement.lang;
  to.documentElement.dataset['view'] = 'desk';
  to.title = from.title;
  for (const sheet of from.querySelectorAll('link[rel="stylesheet"], style')) {
    to.head.append(to.importNode(sheet, true));
  }
}
