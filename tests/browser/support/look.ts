// Looks at a screen as different people see it: keeps a picture and asks axe.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

const folder = join(import.meta.dirname, '../output/screens');

/** One screen in normal view, elder view, and with text at 200 %; axe finds nothing in any. */
export async function look(page: Page, name: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await lookOnce(page, name);
  await page.evaluate(() => (document.documentElement.dataset['view'] = 'elder'));
  await lookOnce(page, `${name}-elder`);
  await page.evaluate(() => {
    delete document.documentElement.dataset['view'];
    document.documentElement.style.fontSize = '200%';
  });
  await lookOnce(page, `${name}-200`);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow, `${name} at 200 % fits the width`).toBeLessThanOrEqual(0);
  await page.evaluate(() => (document.documentElement.style.fontSize = ''));
}

/** One screen as it is; axe finds nothing. */
export async function lookOnce(page: Page, name: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' });
  const found = await new AxeBuilder({ page }).analyze();
  const sentences = found.violations.map((rule) => `${rule.id}: ${rule.help} at ${rule.nodes.map((node) => node.target.join(' ')).join(', ')}`);
  expect(sentences, `axe on ${name}`).toEqual([]);
}
