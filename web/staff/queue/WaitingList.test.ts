import type { Later } from '@protocol';
import { mount } from '@vue/test-utils';
import { expect, it, vi } from 'vitest';
import { defineComponent, h, ref, shallowRef } from 'vue';
import { deskOf } from '../console/desk';
import { type Console, provideConsole } from '../console/useConsole';
import type { Verbs } from '../console/useVerbs';
import { aView, TEN, window3 } from '../testing';
import WaitingList from './WaitingList.vue';

/** A12 of another queue waits for a supervisor. */
function waiting(supervisor: boolean, later: Later[] = []) {
  const wu = { visit: 'wu', number: 'A12', item: null, name: null, joined_at: TEN, away: false, here: true };
  const head = [{ ...wu, callback: false, queue: 'b', priority: false, supervised: true, appointment: null }];
  const line = { waiting: 1, longest_since: TEN, head, pick_first: 10, unanswered: [], overdue: [], later };
  const view = aView({ line, windows: [{ ...window3(), supervisor }] });
  const verbs = { pick: vi.fn() };
  const list = mount(
    defineComponent({
      setup() {
        const state = ref({ view });
        provideConsole({ state, desk: shallowRef(deskOf(view)), now: ref(TEN) } as unknown as Console);
        return () => h(WaitingList, { verbs: verbs as unknown as Verbs });
      },
    }),
  );
  return { list, verbs };
}

it('says who waits for a supervisor, and lets a supervisor alone take that one by hand', async () => {
  const others = waiting(false).list;
  expect(others.text()).toContain('等主管');
  expect(others.findAll('button')).toHaveLength(0);
  const { list, verbs } = waiting(true);
  await list.find('button').trigger('click');
  expect(verbs.pick).toHaveBeenCalledWith('wu');
});

it('says who asked for a minute and when they are back, whom no list of the line has', () => {
  const text = waiting(false, [{ visit: 'li', number: 'A7', back_at: TEN + 45_000 }]).list.text();
  expect(text).toContain('A7 号请您等一下，00:45 后回到队里。');
});
