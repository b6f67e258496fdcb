// What must not move under a thumb that is about to come down on it.
import type { Locator } from '@playwright/test';

/** Looks at where something stands each time the page is drawn; the answer tells all places it had since, px from the top, each once. */
export async function watchPlace(thing: Locator): Promise<() => Promise<number[]>> {
  const seen = await thing.evaluateHandle((element) => {
    const places = new Set<number>();
    const look = () => {
      places.add(Math.round(element.getBoundingClientRect().top));
      requestAnimationFrame(look);
    };
    look();
    return places;
  });
  return () => seen.evaluate((places) => [...places]);
}
