import { mount } from '@vue/test-utils';
import { expect, it } from 'vitest';
import { defineComponent, h, ref, shallowRef } from 'vue';
import { aView, inLine, lineOf, TEN, window3 } from '../testing';
import { deskOf } from './desk';
import ReadyPane from './ReadyPane.vue';
import { type Console, provideConsole } from './useConsole';

/** The heading while so many are asked 「我在」. */
function headingOf(count: number): string {
  const asked = Array.from({ length: count }, (_, i) => inLine({ number: `A${i + 1}`, asked_until: TEN + 20_000 }));
  const view = aView({ line: lineOf(...asked) });
  const pane = mount(
    defineComponent({
      setup() {
        const console = { state: ref({ view }), desk: shallowRef(deskOf(view)), suspect: ref(null), now: ref(TEN) };
        provideConsole(console as unknown as Console);
        return () => h(ReadyPane, { window: window3(), verbs: {}, ringing: {}, floating: {} } as never);
      },
    }),
    { global: { stubs: { ReadyChecks: true } } },
  );
  return pane.find('h2').text();
}

it('names three of those who are asked, and counts the rest', () => {
  expect(headingOf(3)).toBe('正在问 A1、A2、A3 号在不在，还没有叫号');
  expect(headingOf(4)).toBe('正在问 A1、A2、A3 等 4 个号在不在，还没有叫号');
});
