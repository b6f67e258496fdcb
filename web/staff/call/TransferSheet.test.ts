import { flushPromises, mount } from '@vue/test-utils';
import { beforeAll, expect, it, vi } from 'vitest';
import { defineComponent, h, ref } from 'vue';
import { type Console, provideConsole } from '../console/useConsole';
import type { Verbs } from '../console/useVerbs';
import { provideRecordForm } from '../record/useRecordForm';
import { aView } from '../testing';
import TransferSheet from './TransferSheet.vue';

beforeAll(() => {
  HTMLDialogElement.prototype.showModal ??= () => undefined;
});

function sheet(halls: { id: string; name: string }[]) {
  const transfer = vi.fn(() => Promise.resolve(true));
  const page = mount(
    defineComponent({
      setup() {
        const state = ref({ view: aView({ halls }) });
        const visit = ref(null);
        const console = { state, visit, over: ref(null), trouble: ref(null), dismissTrouble: () => undefined };
        provideConsole(console as unknown as Console);
        provideRecordForm(console as unknown as Console);
        return () => h(TransferSheet, { verbs: { transfer } as unknown as Verbs });
      },
    }),
  );
  return { page, transfer };
}

it('offers the other halls of the installation, where there are any', async () => {
  expect(sheet([]).page.text()).not.toContain('别的大厅');
  const { page, transfer } = sheet([{ id: 'laocheng', name: '老城便民服务中心' }]);
  const hall = page.findAll('button').find((one) => one.text() === '老城便民服务中心');
  await hall?.trigger('click');
  await flushPromises();
  expect(transfer).toHaveBeenCalledWith({ is: 'hall', hall: 'laocheng' });
});
