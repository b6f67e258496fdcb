import { afterEach, expect, it } from 'vitest';
import { nextTick } from 'vue';
import { hallCard } from '../examples';
import { show, waiting } from '../testing';
import WaitingChat from './WaitingChat.vue';

afterEach(() => (document.body.innerHTML = ''));

it('whoever unfolds it can write at once', async () => {
  const { page, press } = show(WaitingChat, waiting, hallCard());
  expect(page.find('textarea').exists()).toBe(false);
  await press(page.find('button').text());
  expect(document.activeElement).toBe(page.find('textarea').element);
});

it('what opened does not fold when the only words are taken back', async () => {
  const { page, visit } = show(WaitingChat, waiting, hallCard());
  const { unsent } = visit.typing as unknown as { unsent: { value: object[] } };
  unsent.value = [{ id: '1', body: { is: 'text', text: '在吗' }, failed: null }];
  await nextTick();
  expect(page.find('textarea').exists()).toBe(true);
  unsent.value = [];
  await nextTick();
  expect(page.find('textarea').exists()).toBe(true);
});
