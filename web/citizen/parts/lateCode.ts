import { shallowReadonly, shallowRef, type ShallowRef } from 'vue';

/** Again after this, on a link too weak for it, ms. */
const AGAIN_MS = 3_000;

/** Code that the page does without at first. */
export type LateCode<Code> = {
  /** Null before it is there. */
  code: Readonly<ShallowRef<Code | null>>;
  /** Fetches it once; null when it did not come now. It is fetched again until it comes. */
  load: () => Promise<Code | null>;
};

/**
 * Code that is fetched when it is needed: `first` does it. `address`: where its file lies, by the name the build fills in, see
 * vite.config.ts. Chromium keeps that a module did not come (whatwg/html#6768): under an address of its own each try is a request.
 */
export function lateCode<Code>(first: () => Promise<Code>, address: string): LateCode<Code> {
  const loaded = shallowRef<Code | null>(null);
  let loading: Promise<Code | null> | undefined;
  let tries = 0;

  function fetchIt(): Promise<Code> {
    tries += 1;
    return tries === 1 ? first() : (import(/* @vite-ignore */ `${address}?${tries}`) as Promise<Code>);
  }

  function load(): Promise<Code | null> {
    loading ??= fetchIt().then(
      (came) => (loaded.value = came),
      () => {
        setTimeout(() => {
          loading = undefined;
          void load();
        }, AGAIN_MS);
        return null;
      },
    );
    return loading;
  }

  return { code: shallowReadonly(loaded), load };
}
