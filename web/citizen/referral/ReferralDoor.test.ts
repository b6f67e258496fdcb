import type { VisitView } from '@protocol';
import { flushPromises, type VueWrapper } from '@vue/test-utils';
import axe from 'axe-core';
import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import type { Component } from 'vue';
import CallScreen from '../call/CallScreen.vue';
import { loadLane } from '../call/useLane';
import ConnectScreen from '../connect/ConnectScreen.vue';
import DoneScreen from '../done/DoneScreen.vue';
import { hallCard, monday } from '../examples';
import MissedScreen from '../missed/MissedScreen.vue';
import QueueScreen from '../queue/QueueScreen.vue';
import {
  calling,
  connecting,
  kept,
  missed,
  parked,
  referral,
  served,
  serving,
  show,
  staff,
  transferring,
  visitIn,
  waiting,
} from '../testing';
import ReferralDoor from './ReferralDoor.vue';

let page: VueWrapper;
beforeAll(loadLane);
afterEach(() => page.unmount());

const GO = '去「老城区政务服务中心」取号';

function open(screen: Component, seen: VisitView) {
  const shown = show(screen, seen);
  page = shown.page;
  return shown;
}

it('shows nothing to whoever is not referred', () => {
  expect(open(ReferralDoor, waiting).page.text()).toBe('');
});

it.each<[string, Component, VisitView]>([
  ['waits again', QueueScreen, waiting],
  ['is asked 「我在」', QueueScreen, calling],
  ['waits while a window is rung', QueueScreen, visitIn({ state: 'ringing' })],
  ['is to be called back', QueueScreen, kept],
  ['was missed', MissedScreen, missed],
  ['asked for a minute', MissedScreen, visitIn({ state: 'missed', until: monday, back_at: monday })],
  ['was sent to prepare', MissedScreen, parked],
  ['is called', ConnectScreen, connecting],
  ['talks', CallScreen, serving],
  ['talks by text', CallScreen, visitIn({ state: 'serving', staff, since: monday, mode: 'text' })],
  ['is on hold', CallScreen, visitIn({ state: 'held', staff, since: monday })],
  ['was cut off', CallScreen, visitIn({ state: 'dropped', staff, until: monday })],
  ['is handed to another window', CallScreen, transferring],
  ['was served', DoneScreen, served],
  ['has left', DoneScreen, visitIn({ state: 'closed', outcome: 'abandoned', at: monday })],
  ['did not come back', DoneScreen, visitIn({ state: 'closed', outcome: 'expired', at: monday })],
])('whoever was referred and %s finds the way there', async (_how, screen, seen) => {
  const { taps } = open(screen, { ...seen, referral });
  expect(page.text()).toContain('请您到「老城区政务服务中心」接着办');
  expect(page.text()).toContain(GO);
  expect(page.findAll('h1')).toHaveLength(1);
  const { violations } = await axe.run(document.body, { rules: { 'color-contrast': { enabled: false } } });
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)).toEqual([]);
  const decline = page.findAll('button').find((button) => button.text().startsWith('不去'));
  await decline?.trigger('click');
  expect(taps).toContain('decline_referral');
});

it('another hall that the window names instead is asked itself, and nothing of the first is read', async () => {
  const asked: string[] = [];
  vi.stubGlobal('fetch', (path: string, { method }: RequestInit) => {
    if (method === 'POST') return Promise.resolve(new Response(null, { status: 204 }));
    asked.push(path);
    return Promise.resolve(new Response(JSON.stringify(hallCard())));
  });
  const { become, press } = open(QueueScreen, { ...waiting, referral });
  await press(GO);
  await flushPromises();
  expect(page.text()).toContain('取号，过去');
  await become({ ...waiting, referral: { ...referral, hall: 'xincheng', name: '新城区政务服务中心' } });
  expect(page.text()).not.toMatch(/老城区|取号，过去/);
  await press('去「新城区政务服务中心」取号');
  await flushPromises();
  expect(asked).toEqual(['/api/halls/laocheng', '/api/halls/xincheng']);
  await become(waiting);
  expect(page.text()).not.toContain('取号');
  vi.unstubAllGlobals();
});
