// Two fingers on a touch screen: Playwright's own taps have one.
import type { Page } from '@playwright/test';

export type Point = { x: number; y: number };

/** Puts fingers down at the first places, moves them in small steps to the next ones, and lifts them. */
export async function drag(page: Page, ...places: Point[][]): Promise<void> {
  const browser = await page.context().newCDPSession(page);
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', points: Point[]) =>
    browser.send('Input.dispatchTouchEvent', { type, touchPoints: points.map((point, id) => ({ ...point, id })) });
  const [first = [], ...rest] = places;
  await touch('touchStart', first);
  let from = first;
  for (const to of rest) {
    for (let step = 1; step <= 8; step += 1) await touch('touchMove', between(from, to, step / 8));
    from = to;
  }
  await touch('touchEnd', []);
  await browser.detach();
}

function between(from: Point[], to: Point[], part: number): Point[] {
  return from.map((start, i) => {
    const end = to[i] ?? start;
    return { x: start.x + (end.x - start.x) * part, y: start.y + (end.y - start.y) * part };
  });
}
