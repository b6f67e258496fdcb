import type { WindowView } from '@protocol';
import { mount } from '@vue/test-utils';
import { expect, it } from 'vitest';
import { defineComponent, h, ref } from 'vue';
import { type Console, provideConsole } from '../console/useConsole';
import { provideRecordForm } from '../record/useRecordForm';
import { aView, liNainai, serving, window3 } from '../testing';
import TransferSheet from './TransferSheet.vue';

const wang: WindowView = {
  ...window3({ is: 'talking', visit: 'wu' }),
  id: '1',
  name: '1号窗口',
  staff: 'wang',
  staff_name: '王老师',
  supervisor: true,
};

function sheetWith(...windows: WindowView[]): string {
  const sheet = mount(
    defineComponent({
      setup() {
        const console = {
          state: ref({ view: aView({ windows }) }),
          visit: ref(liNainai({ status: serving() })),
          trouble: ref(null),
          dismissTrouble: () => undefined,
        };
        provideConsole(console as unknown as Console);
        provideRecordForm(console as unknown as Console);
        return () => h(TransferSheet, { verbs: {} } as never);
      },
    }),
  );
  return sheet.text();
}

it('where nobody is free it names what can be done, and a supervisor only where one takes numbers', () => {
  const busy = sheetWith(window3(), wang);
  expect(busy).toContain('现在没有同事空着。可以转给主管、转回队伍里，或等一等再转。');
  expect(busy).toContain('主管都在忙。');
  const none = sheetWith(window3(), { ...wang, presence: { is: 'offline' } });
  expect(none).toContain('现在没有同事空着。可以转回队伍里，或等一等再转。');
  expect(none).toContain('现在没有主管在接号。');
});
