// Screens on their own, for their tests.
import { useLost } from '@kit/connection';
import type { ItemBrief, VisitStatus, VisitView } from '@protocol';
import { mount } from '@vue/test-utils';
import { computed, nextTick, ref, shallowRef, type Component, type ShallowRef } from 'vue';
import type { Api } from './api';
import { citizenKey, type Citizen } from './context';
import { initialState } from './state/state';
import { hallCard, liNainai, monday, place } from './examples';
import type { Visit } from './useVisit';

export const staff = { window: '3 号窗口', name: '陈老师', badge: '0317', hall: '新区街道便民服务中心' };
export const slip = {
  number: '20261123-0007',
  item: { code: 'i2', name: '居住证申领' },
  kind: 'act_for',
  result: 'submitted',
  next_step: '5 个工作日内短信通知您。',
  staff_name: '陈老师',
  at: monday,
} as const;

export const handoverCode = {
  code: '402713',
  good_for_ms: 600_000,
  link: 'hall/h/xinqu#402713',
  dots: ['101', '010', '111'],
};

/** A page of its own for one screen: nothing is connected unless a call is given, taps are kept. */
export function show(
  screen: Component,
  seen: VisitView | null,
  hall = hallCard(),
  call: object | null = null,
  props: Record<string, unknown> = {},
) {
  const taps: string[] = [];
  const offline = ref(false);
  const visit = {
    state: shallowRef({ ...initialState(hall), visit: seen, returned: true }),
    connection: {
      now: () => monday,
      start: () => taps.push('start'),
      state: shallowRef({ is: 'ended', code: 'visit_unknown' }),
      operate: () => Promise.resolve({ is: 'done', value: null }),
    },
    typing: { draft: ref(''), unsent: shallowRef([]) },
    trouble: ref<string | null>('not_now'),
    taking: ref(false),
    offline,
    lost: useLost(offline),
    operate: (operation: { type: string }) => {
      taps.push(operation.type);
      return Promise.resolve({ is: 'done', value: null });
    },
    takeNumber: (item: string | null, callback?: { phone: string | null }) =>
      taps.push(callback ? `leave ${callback.phone} for ${item}` : `take ${item}`),
    leaving: ref(false),
    matter: shallowRef(null),
    leaveNumber: () => taps.push('leave number'),
    chooseMatter: (item: ItemBrief | null | undefined) =>
      taps.push(`matter ${item === undefined ? 'again' : (item?.code ?? null)}`),
    choose: (open: boolean) => taps.push(`choose ${open}`),
    again: () => taps.push('again'),
    leaveAgain: () => taps.push('leave again'),
    refreshHall: () => void taps.push('refresh hall'),
    handover: {
      offer: shallowRef(null),
      linkCode: ref(null),
      movedAway: computed(() => seen !== null),
      askForCode: () => taps.push('ask for code'),
      keepOwn: () => taps.push('keep own'),
      takeOver: ({ resumed }: { resumed: boolean }) => taps.push(resumed ? 'take back' : 'take over'),
    },
  } as unknown as Visit;
  const handoverAnswers = [
    { is: 'refused', code: 'code_wrong' },
    { is: 'refused', code: 'own_visit' },
    { is: 'done', value: { resumed: true } },
  ];
  const api = {
    guide: () => Promise.resolve({ is: 'unreachable' }),
    sisters: () => {
      taps.push('sisters');
      return Promise.resolve({ is: 'done', value: { halls: sisters } });
    },
    offerHandover: () => {
      taps.push('offer');
      return Promise.resolve({ is: 'done', value: handoverCode });
    },
    takeHandover: ({ code, leave_own }: { code: string; leave_own: boolean }) => {
      taps.push(`take ${code} ${leave_own}`);
      return Promise.resolve(handoverAnswers.shift());
    },
  } as unknown as Api;
  const tap = (name: string) => () => Promise.resolve(void taps.push(name));
  const citizen = {
    api,
    visit,
    ring: { unlock: () => Promise.resolve(true), once: () => undefined },
    call: shallowRef(call),
    here: tap('here'),
    comeBack: tap('comeBack'),
    accept: tap('accept'),
    hangUp: tap('hang_up'),
  } as unknown as Citizen;
  const page = mount(screen, {
    props,
    global: { provide: { [citizenKey as symbol]: citizen } },
    attachTo: document.body,
  });
  const press = async (words: string) => {
    // What is asked stands above what asked it.
    const button = page
      .findAll('button')
      .filter((each) => each.text() === words)
      .pop();
    if (!button)
      throw new Error(
        `no button ${words} among ${page
          .findAll('button')
          .map((each) => each.text())
          .join(', ')}`,
      );
    await button.trigger('click');
    await nextTick();
  };
  /** The visit moves on. */
  const become = (view: VisitView) => {
    (visit.state as ShallowRef).value = { ...visit.state.value, visit: view };
    return nextTick();
  };
  return { page, taps, press, become, visit };
}

/** Halls that can help while this one cannot: somebody is free in the first, and the second is slow. */
export const sisters = [
  {
    id: 'laocheng',
    name: '老城区政务服务中心',
    busyness: { waiting: 2, windows: 1, returning: 0, wait: { from_minutes: 5, to_minutes: 10 } },
  },
  {
    id: 'xincheng',
    name: '新城区政务服务中心',
    busyness: { waiting: 40, windows: 1, returning: 0, wait: { from_minutes: 90, to_minutes: 120 } },
  },
];

export const visitIn = (status: VisitStatus, change: Partial<VisitView> = {}) => liNainai({ status, ...change });
export const waiting = visitIn({ state: 'waiting', place: place(4), here: false });
export const calling = visitIn({ state: 'calling', place: place(1), until: monday, alert: 1 });
export const withPhone = { contact: { name: null, phone: '13812345678' } };
export const kept = visitIn(
  { state: 'callback_kept', place: place(2) },
  { ...withPhone, callback: { attempts: 1, most: 2 } },
);
export const connecting = visitIn({
  state: 'connecting',
  staff,
  until: monday + 60_000,
  may_wait: true,
});
export const serving = visitIn({ state: 'serving', staff, since: monday - 135_000, mode: 'media' });
export const transferring = visitIn({ state: 'transferring', to: { ...staff, window: '2 号窗口', name: '林老师' } });
/** On to another hall (转到别的大厅). */
export const referral = {
  hall: 'laocheng',
  name: '老城区政务服务中心',
  until: monday + 1_800_000,
  taken: false,
};
export const missed = visitIn({ state: 'missed', until: monday, back_at: null });
export const parked = visitIn({ state: 'parked', until: monday + 900_000 });
export const served = visitIn({ state: 'closed', outcome: 'served', at: monday }, { slip, may_rate: true });
export const closedHall = hallCard({ open: { state: 'closed', opens_at: monday + 86_400_000 } });

export const tomorrow = monday + 86_400_000;
export const suspension = { text: '大楼停电，暂停取号。', since: monday, until: null, waiting: 'called_back' } as const;
export const suspended = hallCard({
  open: { state: 'closed', opens_at: null },
  closed_because: 'suspended',
  suspension,
  calls_back_from: tomorrow,
});
export const atNight = hallCard({
  open: { state: 'closed', opens_at: tomorrow },
  closed_because: 'hours',
  calls_back_from: tomorrow,
});
/** For today at half past ten, an hour from now; `open`: it is time to check in. */
export const appointment = (open: boolean) => {
  const at = monday + 3_600_000;
  return visitIn({ state: 'booked', at, check_in: { from: at - 900_000, until: at + 3_600_000, open } }, withPhone);
};
export const left = visitIn(
  { state: 'booked', at: tomorrow, check_in: null },
  { ...withPhone, callback: { attempts: 0, most: 2 } },
);

export const fullToday = hallCard({
  open: { state: 'closed', opens_at: monday + 86_400_000 },
  closed_because: 'last_intake',
  special_days: [{ from: monday, to: monday + 86_400_000, kind: 'holiday', name: '元旦' }],
});
