import { readonly, ref } from 'vue';

const KEY = 'yunyiban.view';
const elder = ref(false);

/** Storage may be forbidden; then the choice lasts as long as the page. */
function remembered(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function apply(on: boolean): void {
  elder.value = on;
  if (on) document.documentElement.dataset['view'] = 'elder';
  else delete document.documentElement.dataset['view'];
}

/** The elder view (大字): one switch on <html>, remembered on this phone. */
export function useView() {
  return {
    elder: readonly(elder),
    restore: () => apply(remembered() === 'elder'),
    toggle(): void {
      apply(!elder.value);
      try {
        localStorage.setItem(KEY, elder.value ? 'elder' : 'normal');
      } catch {
        // Remembered until the page is closed.
      }
    },
  };
}
