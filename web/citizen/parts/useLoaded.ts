import { onScopeDispose, shallowRef, type ShallowRef } from 'vue';

/** Again after this, on a link too weak for it, ms. */
const AGAIN_MS = 3_000;

/** A piece of the page that comes by itself; null until it is there. */
export function useLoaded<Piece>(fetch: () => Promise<Piece>): Readonly<ShallowRef<Piece | null>> {
  const piece = shallowRef<Piece | null>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;

  function load(): void {
    void fetch()
      .then((loaded) => (piece.value = loaded))
      .catch(() => (timer = setTimeout(load, AGAIN_MS)));
  }
  load();
  onScopeDispose(() => clearTimeout(timer));
  return piece;
}
