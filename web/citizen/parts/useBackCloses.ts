import { onMounted, onScopeDispose } from 'vue';

/** While this stands open, the phone's back button closes it and leads nowhere else. */
export function useBackCloses(close: () => void, page: Window = window): void {
  let entered = false;
  const back = () => {
    entered = false;
    close();
  };
  onMounted(() => {
    page.history.pushState({ asked: true }, '');
    entered = true;
    page.addEventListener('popstate', back);
  });
  onScopeDispose(() => {
    page.removeEventListener('popstate', back);
    // Closed in another way: the next press of the back button must not be an empty one.
    if (entered) page.history.back();
  });
}
