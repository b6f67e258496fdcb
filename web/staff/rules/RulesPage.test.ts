import type { RulesPage as Rules } from '@protocol';
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils';
import axe from 'axe-core';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import RulesPage from './RulesPage.vue';
import { ring, wrapUp } from './testing';

let page: VueWrapper;

async function open(yesterday: Rules['yesterday']): Promise<void> {
  const rules: Rules = { rules: [ring(20_000), wrapUp(60_000)], changes: [], yesterday };
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify(rules))));
  page = mount(RulesPage, { attachTo: document.body });
  await flushPromises();
}
beforeEach(() => open({ waited: 126, held_percent: 78 }));
afterEach(() => page.unmount());

const headings = () => page.findAll('nav a').map((link) => link.text());
const seen = () => page.findAll('form').filter((row) => (row.element as HTMLElement).style.display !== 'none').length;

it('a link leads to each section, and the keyboard goes on there', async () => {
  expect(headings()).toEqual(['叫号', '办件', '还要在服务器上改的', '最近改过的']);
  await page.findAll('nav a')[1]!.trigger('click');
  await flushPromises();
  expect(document.activeElement?.querySelector('h2')?.textContent).toBe('办件');
});

it('a word leaves the rules that say it, their sections, and what is typed in the others', async () => {
  const [ringField, wrapUpField] = page.findAll('form input');
  await wrapUpField!.setValue('90');
  await page.get('input[type=search]').setValue('响铃');
  expect(seen()).toBe(1);
  expect(page.text()).toContain('找到 1 条');
  expect(headings()).toEqual(['叫号', '还要在服务器上改的', '最近改过的']);
  await page.get('input[type=search]').setValue('没有这样的');
  expect(seen()).toBe(0);
  expect(page.text()).toContain('没有这样的规则');
  await page.get('input[type=search]').setValue('');
  expect(seen()).toBe(2);
  expect((ringField!.element as HTMLInputElement).value).toBe('20');
  expect((wrapUpField!.element as HTMLInputElement).value).toBe('90');
});

it('says how often the wait held that was shown yesterday, and what that means', async () => {
  expect(page.text()).toContain('昨天显示的等候时间，78% 说准了（126 人）。');
  expect(page.text()).toContain('在取号时显示的范围里，算说准');
  page.unmount();
  await open({ waited: 0, held_percent: null });
  expect(page.text()).toContain('昨天没有人等一分钟以上');
  expect(page.text()).not.toContain('说准了');
});

it('has no barrier', async () => {
  const { violations } = await axe.run(document.body, { rules: { 'color-contrast': { enabled: false } } });
  expect(violations.map(({ id }) => id)).toEqual([]);
});
