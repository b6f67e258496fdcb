import type { ConsoleView, Presence } from '@protocol';
import { mount } from '@vue/test-utils';
import { expect, it } from 'vitest';
import { defineComponent, h, ref, shallowRef } from 'vue';
import { aView, inLine, lineOf, TEN, window3 } from '../testing';
import { deskOf } from './desk';
import ReadyPane from './ReadyPane.vue';
import { type Console, provideConsole } from './useConsole';

function paneOf(view: ConsoleView, window = window3()) {
  return mount(
    defineComponent({
      setup() {
        const console = { state: ref({ view }), desk: shallowRef(deskOf(view)), suspect: ref(null), now: ref(TEN) };
        provideConsole(console as unknown as Console);
        return () => h(ReadyPane, { window, verbs: {}, ringing: {}, floating: {} } as never);
      },
    }),
    { global: { stubs: { ReadyChecks: true, WaitingAlert: true } } },
  );
}

/** The heading while so many are asked 「我在」. */
function headingOf(count: number): string {
  const asked = Array.from({ length: count }, (_, i) => inLine({ number: `A${i + 1}`, asked_until: TEN + 20_000 }));
  return paneOf(aView({ line: lineOf(...asked) }))
    .find('h2')
    .text();
}

it('names three of those who are asked, and counts the rest', () => {
  expect(headingOf(3)).toBe('正在问 A1、A2、A3 号在不在，还没有叫号');
  expect(headingOf(4)).toBe('正在问 A1、A2、A3 等 4 个号在不在，还没有叫号');
});

it('on a break it points to the one button that ends it, and has no second of its own', () => {
  const shown = (presence: Presence) => paneOf(aView(), window3({ is: 'idle' }, presence));
  const resting = shown({ is: 'break', reason: 'rest' });
  expect(resting.text()).toContain('要接号，点上面的「回来接号」，或按 F9。');
  expect(resting.findAll('button')).toHaveLength(0);
  expect(shown({ is: 'offline' }).get('button').text()).toBe('上线接号');
});
