import type { ChatLine } from '@protocol';
import { mount } from '@vue/test-utils';
import { expect, it } from 'vitest';
import { defineComponent, h, nextTick, shallowRef } from 'vue';
import { deskOf } from '../console/desk';
import { type Console, provideConsole } from '../console/useConsole';
import { aView, TEN } from '../testing';
import ChatPane from './ChatPane.vue';
import { provideChat } from './useChat';

const ROOM = 200;
const A_LINE = 60;
const said = (number: number): ChatLine => ({
  number,
  from: 'citizen',
  at: TEN,
  body: { is: 'text', text: '我想问养老保险怎么交' },
});

/** The chat of a visit, with room for three lines above phrases that are shown whole. */
function chat(reading = false) {
  const state = shallowRef({ view: aView(), chat: [] as ChatLine[] });
  const page = mount(
    defineComponent({
      setup() {
        const desk = { state, visit: shallowRef(null), desk: shallowRef(deskOf(state.value.view)) };
        provideChat(provideConsole(desk as unknown as Console));
        return () => h(ChatPane, { reading });
      },
    }),
  );
  const list = page.get('.chat__list').element;
  Object.defineProperty(list, 'clientHeight', { value: ROOM });
  Object.defineProperty(list, 'scrollHeight', { get: () => Math.max(ROOM, state.value.chat.length * A_LINE) });
  const say = async (lines: number) => {
    state.value = { ...state.value, chat: Array.from({ length: lines }, (_, index) => said(index + 1)) };
    await nextTick();
    await nextTick();
  };
  return { page, say, whole: () => page.find('.phrases--whole').exists() };
}

it('shows the phrases whole for as long as all that was said fits above them', async () => {
  const { page, say, whole } = chat();
  expect(whole(), 'nothing was said').toBe(true);
  await say(3);
  expect(whole()).toBe(true);
  await say(4);
  expect(whole()).toBe(false);
  await say(0);
  expect(whole(), 'the next visit').toBe(true);
  page.unmount();
});

it('asks nobody to go on writing once the talk is over', () => {
  expect(chat().page.text()).toContain('没有人打过字。通话时声音断了，可以在这里接着说。');
  const over = chat(true).page.text();
  expect(over).toContain('这次没有人打过字。');
  expect(over).not.toContain('接着说');
});
