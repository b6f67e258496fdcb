import type { VisitStatus } from '@protocol';
import { mount } from '@vue/test-utils';
import { expect, it } from 'vitest';
import { defineComponent, h, ref, shallowRef } from 'vue';
import { type Console, provideConsole } from '../console/useConsole';
import type { Verbs } from '../console/useVerbs';
import { held, liNainai, serving, TEN } from '../testing';
import CallNotes from './CallNotes.vue';

/** What is said while the microphone is muted and a screen is shared. */
function notesWhile(status: VisitStatus): string {
  const call = {
    askingMicrophone: ref(false),
    camera: shallowRef({ is: 'off' }),
    link: shallowRef({ is: 'up' }),
    microphone: ref('muted'),
    other: shallowRef(null),
    share: shallowRef({ is: 'on' }),
  };
  const verbs = { phone: ref(null) } as unknown as Verbs;
  const page = mount(
    defineComponent({
      setup() {
        provideConsole({ call, now: ref(TEN) } as unknown as Console);
        return () => h(CallNotes, { visit: liNainai({ status }), verbs, quality: 'good' });
      },
    }),
  );
  const text = page.text();
  page.unmount();
  return text;
}
const moving: VisitStatus = {
  state: 'transferring',
  to: { window: '2号窗口', name: '赵老师', badge: '0032', hall: '新区街道便民服务中心' },
};

it('in the talk it says who cannot hear, and who sees the screen', () => {
  expect(notesWhile(serving())).toContain('您静音了，市民听不到您。');
  expect(notesWhile(serving())).toContain('市民正在看您共享的屏幕。');
});

it.each([
  ['moved', moving],
  ['on hold', held(TEN)],
])('while the talk is %s nobody has muted anything, and nobody sees the screen', (_name, status) => {
  expect(notesWhile(status)).not.toContain('您静音了');
  expect(notesWhile(status)).not.toContain('市民正在看');
  expect(notesWhile(status)).toContain('现在市民看不到');
});
