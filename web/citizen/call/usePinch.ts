import { computed, readonly, ref } from 'vue';

const LARGEST = 4;

type View = { scale: number; x: number; y: number };
type Point = { x: number; y: number };

/** Keeps the picture over its frame: nothing is dragged out of sight. `x` and `y` are pixels from the middle. */
export function bounded(view: View, frame: { width: number; height: number }): View {
  const scale = Math.min(LARGEST, Math.max(1, view.scale));
  const limit = (size: number) => ((scale - 1) * size) / 2;
  const keep = (value: number, most: number) => Math.min(most, Math.max(-most, value));
  return { scale, x: keep(view.x, limit(frame.width)), y: keep(view.y, limit(frame.height)) };
}

/** Two fingers make the picture larger, one moves it; buttons do the same for thumbs that shake. */
export function usePinch() {
  const view = ref<View>({ scale: 1, x: 0, y: 0 });
  let last: Point[] = [];

  const pointsOf = (event: TouchEvent): Point[] =>
    Array.from(event.touches, ({ clientX, clientY }) => ({ x: clientX, y: clientY }));
  const middle = (points: Point[]): Point => ({
    x: points.reduce((sum, point) => sum + point.x, 0) / points.length,
    y: points.reduce((sum, point) => sum + point.y, 0) / points.length,
  });
  const spread = ([one, other]: Point[]): number => (one && other ? Math.hypot(one.x - other.x, one.y - other.y) : 0);

  function zoom(factor: number, frame: HTMLElement): void {
    const { clientWidth: width, clientHeight: height } = frame;
    view.value = bounded({ ...view.value, scale: view.value.scale * factor }, { width, height });
  }

  return {
    view: readonly(view),
    enlarged: computed(() => view.value.scale > 1),
    transform: computed(() => ({
      transform: `translate(${view.value.x}px, ${view.value.y}px) scale(${view.value.scale})`,
    })),
    onTouchStart: (event: TouchEvent) => (last = pointsOf(event)),
    onTouchMove(event: TouchEvent): void {
      const points = pointsOf(event);
      const frame = event.currentTarget as HTMLElement;
      // One finger on a picture of its own size scrolls the page.
      if (points.length === 1 && view.value.scale === 1) return;
      event.preventDefault();
      if (points.length === last.length) {
        const [from, to] = [middle(last), middle(points)];
        const factor = points.length === 2 ? spread(points) / (spread(last) || 1) : 1;
        const moved = {
          scale: view.value.scale * factor,
          x: view.value.x + to.x - from.x,
          y: view.value.y + to.y - from.y,
        };
        view.value = bounded(moved, { width: frame.clientWidth, height: frame.clientHeight });
      }
      last = points;
    },
    zoom,
    reset: () => (view.value = { scale: 1, x: 0, y: 0 }),
  };
}
