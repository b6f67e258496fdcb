import { onMounted, onScopeDispose } from 'vue';

/**
 * While somebody writes, the button that sends stays in sight: above the bar at the foot, which keeps its place because 「挂断」
 * stands in it, and above the keyboard of the phone, where that covers the page.
 */
export function useAboveFoot(written: () => HTMLElement | null, foot: () => HTMLElement | null): void {
  const view = window.visualViewport;

  function lift(): void {
    const box = written();
    const field = document.activeElement;
    const bar = foot();
    // Whoever made the page larger with two fingers looks where he wants to.
    if (view && view.scale > 1) return;
    if (!box || !bar || field?.tagName !== 'TEXTAREA' || !box.contains(field)) return;
    const send = box.querySelector('.chat__send');
    if (!send) return;
    const seen = view ? view.offsetTop + view.height : window.innerHeight;
    const hidden = send.getBoundingClientRect().bottom + GAP - Math.min(seen, bar.getBoundingClientRect().top);
    // What is being written is not pushed out at the top.
    const most = field.getBoundingClientRect().top - GAP;
    if (hidden > 0 && most > 0) window.scrollBy(0, Math.min(hidden, most));
  }

  /** A keyboard takes room; where some is given back nothing is covered that was not before. */
  let height = view?.height ?? 0;
  function resized(): void {
    const before = height;
    height = view?.height ?? 0;
    if (height < before) lift();
  }

  onMounted(() => {
    document.addEventListener('focusin', lift);
    view?.addEventListener('resize', resized);
  });
  onScopeDispose(() => {
    document.removeEventListener('focusin', lift);
    view?.removeEventListener('resize', resized);
  });
}

const GAP = 12;
