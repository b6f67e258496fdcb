import type { VisitView } from '@protocol';
import { beforeAll, describe, expect, it } from 'vitest';
import { shallowRef, type Component } from 'vue';
import { loadLane } from './call/useLane';
import ConnectScreen from './connect/ConnectScreen.vue';
import DoneScreen from './done/DoneScreen.vue';
import { hallCard, monday } from './examples';
import MissedScreen from './missed/MissedScreen.vue';
import QueueScreen from './queue/QueueScreen.vue';
import { connecting, kept, served, show, visitIn, waiting } from './testing';

beforeAll(loadLane);

/** A call whose microphone the phone refused. */
const refused = {
  microphone: shallowRef('refused'),
  askingMicrophone: shallowRef(false),
  support: { call: true },
};

describe('always one way to a human', () => {
  it.each<[string, Component, VisitView]>([
    ['in the line', QueueScreen, waiting],
    ['to be called back', QueueScreen, kept],
    ['missed', MissedScreen, visitIn({ state: 'missed', until: monday, back_at: null })],
    ['sent off', MissedScreen, visitIn({ state: 'parked', until: monday })],
    ['before the call', ConnectScreen, connecting],
    ['served', DoneScreen, served],
    ['left', DoneScreen, visitIn({ state: 'closed', outcome: 'abandoned', at: monday })],
  ])('%s: the telephone', (_when, screen, seen) => {
    const { page } = show(screen, seen, hallCard({ telephone: '0591-83310000' }));
    const links = page.findAll('a[href="tel:0591-83310000"]');
    page.unmount();
    expect(links).toHaveLength(1);
  });

  it('before the call, where the phone refused the microphone: the window telephones', async () => {
    const { page, taps, press } = show(ConnectScreen, connecting, hallCard(), refused);
    await press('让工作人员打电话给我');
    await page.vm.$nextTick();
    page.unmount();
    expect(taps).toEqual(['accept', 'mode']);
  });

  it('in the line, where the phone refused the microphone: the question of the call-back opens', async () => {
    const { page, press } = show(QueueScreen, waiting, hallCard(), refused);
    await page.vm.$nextTick();
    expect(page.text()).not.toContain('轮到您时，工作人员打电话找您。');
    await press('让工作人员打电话给我');
    expect(page.text()).toContain('轮到您时，工作人员打电话找您。');
    page.unmount();
  });
});

describe('in the line', () => {
  it('says once that it rings', () => {
    const { page } = show(
      QueueScreen,
      visitIn({
        state: 'waiting',
        place: { ahead: { is: 'exact', count: 0 }, wait: null, serving: null, cause: null, shared: true },
        here: true,
      }),
    );
    const said = page.text().match(/轮到您会响铃/g);
    page.unmount();
    expect(said).toHaveLength(1);
  });
});
