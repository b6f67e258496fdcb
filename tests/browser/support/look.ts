// Looks at a screen as different people see it: keeps a picture, asks axe, and sees whether anything is cut.
import { join } from 'node:path';
import { expect, type Locator, type Page, type Route } from '@playwright/test';
import axe from 'axe-core';
import { ALBUM } from './album';
import type { Picture } from './screens';

/** As the page comes, in the elder view, with text at 200 %, or with both: letters 2⅔ times as large. */
type Eyes = '' | '-elder' | '-200' | '-elder-200';

/** A picture as one of them sees it, or in a small window. */
type Seen = `${Picture}${Eyes | '-small'}`;

/** What citizens hold, and on which a member of staff may open the console too. */
const SMALL = { width: 390, height: 844 };

/**
 * One screen in normal view, elder view, and with text at 200 %: axe finds nothing, the width is enough, and no control is cut.
 * A desk has no elder view; it is looked at once more in a window as small as a phone. `at`: what the picture is about, where it may
 * lie below the fold.
 */
export async function look(page: Page, name: Picture, at?: Locator): Promise<void> {
  const desk = await isDesk(page);
  await lookWith(page, name, desk ? ['', '-200'] : ['', '-elder', '-200'], at);
  if (desk) await lookSmall(page, name);
}

/** The same, and once more in the elder view with text at 200 %: for the citizen's main screens. */
export async function lookClosely(page: Page, name: Picture, at?: Locator): Promise<void> {
  await lookWith(page, name, ['', '-elder', '-200', '-elder-200'], at);
}

/**
 * What `still` shows, on which no script runs. Axe is a script: so the same page is looked at on `page`, where scripts run, without
 * its own, and with what html and style hold for this case.
 */
export async function lookWithoutScript(page: Page, still: Page, name: Picture): Promise<void> {
  const taken = async (route: Route, change: (text: string) => string) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, body: change(await answer.text()) });
  };
  await page.route(still.url(), (route) => taken(route, (html) => html.replace(/<script type="module"[^>]*><\/script>/, '').replaceAll('noscript>', 'no-script>')));
  await page.route(/\.css$/, (route) => taken(route, (css) => css.replace(/\(scripting: ?none\)/, 'all').replaceAll('noscript', 'no-script')));
  await page.goto(still.url());
  expect(await page.locator('body').innerText(), `${name} is what is seen without scripts`).toBe(await still.locator('body').innerText());
  await look(page, name);
  await page.unroute(still.url());
  await page.unroute(/\.css$/);
}

async function lookWith(page: Page, name: Picture, eyes: Eyes[], at?: Locator): Promise<void> {
  const desk = await isDesk(page);
  for (const pair of eyes) {
    await lookThrough(page, pair);
    await at?.evaluate((thing) => thing.scrollIntoView({ block: 'center' }));
    await judge(page, `${name}${pair}`, desk);
  }
  await lookThrough(page, '');
}

async function lookSmall(page: Page, name: Picture): Promise<void> {
  const size = page.viewportSize();
  // The card that floats above other programs is smaller still.
  if (!size || size.width <= SMALL.width) return;
  await page.setViewportSize(SMALL);
  await judge(page, `${name}-small`, true);
  await page.setViewportSize(size);
}

/** Keeps the picture, and holds what is seen to the rules. */
async function judge(page: Page, seen: Seen, desk: boolean): Promise<void> {
  await keepPicture(page, seen, desk);
  expect(await axeFinds(page), `axe on ${seen}`).toEqual([]);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow, `${seen} fits the width`).toBeLessThanOrEqual(0);
  expect(await cutControls(page), `cut on ${seen}`).toEqual([]);
  if (!desk) expect(await smallTargets(page), `too small for a thumb on ${seen}`).toEqual([]);
}

/** Controls of a citizen's page that are less high or wide than is promised: 56 px, 64 in the elder view. */
export async function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const least = document.documentElement.dataset['view'] === 'elder' ? 64 : 56;
    const small: string[] = [];
    for (const control of document.querySelectorAll<HTMLElement>('button, a[href], input, select, textarea')) {
      const { width, height } = control.getBoundingClientRect();
      // One pixel is what is kept out of sight on purpose. A layout rounds to a fraction of one.
      if (!control.checkVisibility({ visibilityProperty: true }) || width <= 1 || height <= 1) continue;
      if (width > least - 0.5 && height > least - 0.5) continue;
      small.push(`${control.getAttribute('aria-label') ?? (control.textContent?.trim() || control.tagName)}: ${width} × ${height}`);
    }
    return small;
  });
}

async function isDesk(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.dataset['view'] === 'desk');
}

export async function lookThrough(page: Page, eyes: Eyes): Promise<void> {
  await page.evaluate((eyes) => {
    const root = document.documentElement;
    if (eyes.startsWith('-elder')) root.dataset['view'] = 'elder';
    else if (root.dataset['view'] === 'elder') delete root.dataset['view'];
    const sizes = { '': '', '-elder': '', '-200': '200%', '-elder-200': '266.667%' };
    root.style.fontSize = sizes[eyes];
  }, eyes);
}

/** What is seen; of a desk also what one scrolls down to. */
async function keepPicture(page: Page, name: Seen, fullPage = false): Promise<void> {
  await page.screenshot({ path: join(ALBUM, `${name}.png`), animations: 'disabled', fullPage });
}

/**
 * What axe finds. It is asked within the page: the package that asks it for Playwright opens a page of its own for each answer, to
 * gather those of frames, and that cost more than the answer. Of a page with frames a part would go unasked, so it is refused.
 */
export async function axeFinds(page: Page): Promise<string[]> {
  expect(page.frames(), 'the page is one document').toHaveLength(1);
  const knows = () => typeof (window as unknown as { axe?: typeof axe }).axe?.run === 'function';
  if (!(await page.evaluate(knows))) await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { violations } = await (window as unknown as { axe: typeof axe }).axe.run(document, { resultTypes: ['violations'] });
    return violations.map((rule) => `${rule.id}: ${rule.help} at ${rule.nodes.map((node) => node.target.join(' ')).join(', ')}`);
  });
}

/** Controls that nobody can get at or read whole: scrolling down is no hindrance, scrolling sideways is. */
export async function cutControls(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    /** What may clip a control; a sheet lies above everything, so nothing outside clips what is on it. */
    const framesOf = (control: Element) => {
      const frames: Element[] = [];
      for (let frame = control.parentElement; frame && frame !== document.body; frame = frame.parentElement) {
        frames.push(frame);
        if (frame.matches('dialog')) break;
      }
      return frames;
    };
    const faults: string[] = [];
    for (const control of document.querySelectorAll<HTMLElement>('button, a[href], input, select, textarea')) {
      const box = control.getBoundingClientRect();
      // One pixel is what is kept out of sight on purpose.
      if (!control.checkVisibility({ visibilityProperty: true }) || box.width <= 1 || box.height <= 1) continue;
      const what = control.getAttribute('aria-label') ?? (control.textContent?.trim() || control.tagName);
      if (box.left < -1 || box.right > width + 1) faults.push(`beside the page: ${what}`);
      if (control.matches('button, a') && control.scrollWidth > control.clientWidth + 1) faults.push(`wider than its frame: ${what}`);
      for (const outer of framesOf(control)) {
        const frame = outer.getBoundingClientRect();
        const { overflowX, overflowY } = getComputedStyle(outer);
        const beside = box.left < frame.left - 1 || box.right > frame.right + 1;
        const beyond = box.top < frame.top - 1 || box.bottom > frame.bottom + 1;
        if (overflowX !== 'visible' && beside) faults.push(`cut at the side: ${what}`);
        if ((overflowY === 'hidden' || overflowY === 'clip') && beyond) faults.push(`cut above or below: ${what}`);
      }
    }
    return faults;
  });
}
