import type { Outcome } from '@kit/connection';
import type { VisitStatus } from '@protocol';
import { flushPromises } from '@vue/test-utils';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { effectScope, type EffectScope, ref, shallowRef } from 'vue';
import { liNainai, monday } from './examples';
import { useCitizenCall } from './useCitizenCall';
import type { Visit } from './useVisit';

const made = {
  support: { call: true },
  microphone: ref('live'),
  opened: ref(false),
  open: vi.fn(() => Promise.resolve(void (made.opened.value = true))),
  rest: vi.fn(() => Promise.resolve(void (made.opened.value = false))),
  close: vi.fn(() => void (made.opened.value = false)),
};
vi.mock('./call/lane', () => ({ useCall: () => made }));

const staff = { window: '3 号窗口', name: '陈老师', badge: '0317', hall: '新区街道便民服务中心' };
const serving: VisitStatus = { state: 'serving', staff, since: monday, mode: 'media' };
const outcomes: Outcome[] = [];
let scope: EffectScope;
let hangUp: () => Promise<void>;

beforeEach(async () => {
  vi.clearAllMocks();
  const visit = {
    state: shallowRef({ visit: liNainai({ status: serving }) }),
    connection: { state: shallowRef({ is: 'connected' }), send: () => true },
    operate: () => {
      expect(made.opened.value, 'nothing goes out while the hall is asked').toBe(false);
      return Promise.resolve(outcomes.shift());
    },
  } as unknown as Visit;
  scope = effectScope();
  scope.run(() => {
    const citizen = useCitizenCall(() => visit);
    citizen.attach();
    hangUp = citizen.hangUp;
  });
  await flushPromises();
  await vi.waitFor(() => expect(made.opened.value).toBe(true));
});
afterEach(() => scope.stop());

it('hanging up ends the call', async () => {
  outcomes.push({ is: 'done', value: null });
  await hangUp();
  expect(made.close).toHaveBeenCalledOnce();
});

it('a hall that could not hang up leaves two people talking, who hear each other', async () => {
  outcomes.push({ is: 'failed', code: 'store_unavailable' });
  await hangUp();
  expect(made.close).not.toHaveBeenCalled();
  expect(made.opened.value).toBe(true);
});
