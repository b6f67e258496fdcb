// Looks at a screen as different people see it: keeps a picture and asks axe.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

const folder = join(import.meta.dirname, '../output/screens');

/** One screen in normal view, elder view, and with text at 200 %; axe finds nothing in any. */
export async function look(page: Page, name: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const eyes of ['', '-elder', '-200'] as const) {
    await lookThrough(page, eyes);
    await lookOnce(page, `${name}${eyes}`);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(overflow, `${name}${eyes} fits the width`).toBeLessThanOrEqual(0);
  }
  await lookThrough(page, '');
}

/** As the page comes, in the elder view, or with text at 200 %. */
export async function lookThrough(page: Page, eyes: '' | '-elder' | '-200'): Promise<void> {
  await page.evaluate((eyes) => {
    const root = document.documentElement;
    if (eyes === '-elder') root.dataset['view'] = 'elder';
    else delete root.dataset['view'];
    root.style.fontSize = eyes === '-200' ? '200%' : '';
  }, eyes);
}

/** One screen as it is; axe finds nothing. */
export async function lookOnce(page: Page, name: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' });
  const found = await new AxeBuilder({ page }).analyze();
  const sentences = found.violations.map((rule) => `${rule.id}: ${rule.help} at ${rule.nodes.map((node) => node.target.join(' ')).join(', ')}`);
  expect(sentences, `axe on ${name}`).toEqual([]);
}
