import { flushPromises, mount } from '@vue/test-utils';
import { expect, it, vi } from 'vitest';
import { defineComponent } from 'vue';
import { citizenKey } from '../context';
import { useFollow } from './useFollow';

it('opens the page of the hall where the visit goes on, and tries again where that is not known', async () => {
  const answers = [{ is: 'unreachable' }, { is: 'done', value: { hall: 'laocheng' } }];
  const api = { follow: () => Promise.resolve(answers.shift()) };
  const assign = vi.fn();
  let follow!: ReturnType<typeof useFollow>;
  const page = mount(
    defineComponent({
      setup() {
        follow = useFollow({ assign });
        return () => null;
      },
    }),
    { global: { provide: { [citizenKey as symbol]: { api } } } },
  );
  await follow.follow();
  await flushPromises();
  expect([follow.failed.value, assign.mock.calls]).toEqual([true, []]);
  await follow.follow();
  expect([follow.failed.value, assign.mock.calls]).toEqual([false, [['/h/laocheng']]]);
  page.unmount();
});
