import type { ServedVisit } from '@protocol';
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils';
import { afterEach, expect, it } from 'vitest';
import { defineComponent, h, nextTick, ref, shallowRef } from 'vue';
import { type Console, provideConsole } from '../console/useConsole';
import type { Verbs } from '../console/useVerbs';
import { provideRecordForm } from '../record/useRecordForm';
import { closed, liNainai, MINUTE, TEN } from '../testing';
import WrapUpPane from './WrapUpPane.vue';

const referral = { hall: 'laocheng', name: '老城区大厅', until: TEN + 30 * MINUTE, taken: false };
const visit = shallowRef<ServedVisit>(liNainai());
let taps: string[] = [];
const extended = ref(false);
let page: VueWrapper;
afterEach(() => page.unmount());

/** While the record of 李奶奶 is written; she or the window has hung up. */
function writing(changes: Partial<ServedVisit>): void {
  visit.value = liNainai({ status: closed(), hung_up: 'citizen', ...changes });
  taps = [];
  extended.value = false;
  const takeBackReferral = () => Promise.resolve(taps.push('withdraw') > 0);
  page = mount(
    defineComponent({
      setup() {
        const trouble = { trouble: ref(null), dismissTrouble: () => undefined };
        const desk = { now: ref(TEN), visit, ...trouble } as unknown as Console;
        provideConsole(desk);
        provideRecordForm(desk);
        const extendWrapUp = (reason: string) => Promise.resolve(taps.push(reason) > 0);
        const verbs = { takeBackReferral, extendWrapUp } as unknown as Verbs;
        const end = { until: TEN + MINUTE, overdue: false };
        return () => h(WrapUpPane, { visit: visit.value, ...end, extended: extended.value, verbs });
      },
    }),
    { global: { stubs: { ChatPane: true } } },
  );
}
const button = (words: string) => page.findAll('button').find((one) => one.text() === words);
const withdraw = () => button('不转了');

it('says where its citizen was sent on to, until when, and that no number is taken yet', async () => {
  writing({ referral });
  expect(page.text()).toContain('已请市民到「老城区大厅」取号，还没有取。10:30 前取，按最早取号的时间排。');
  expect(page.text()).toContain('市民挂断了，通话结束');
  await withdraw()?.trigger('click');
  expect(taps).toEqual(['withdraw']);
  visit.value = liNainai({ status: closed(), hung_up: 'citizen' });
  await nextTick();
  expect(page.text(), 'taken back, declined or over').not.toContain('老城区大厅');
});

it('says that the number there is taken: nothing is left to take back, and nobody has hung up', async () => {
  writing({ referral });
  visit.value = liNainai({ status: closed(), hung_up: 'citizen', referral: { ...referral, taken: true } });
  await nextTick();
  expect(page.text()).toContain('市民已经在「老城区大厅」取了号，到那边接着办。');
  expect(page.text()).not.toContain('挂断');
  expect(withdraw()).toBeUndefined();
});

it('says that this window hung up, also of whoever went on from there', () => {
  writing({ hung_up: 'staff', referral: { ...referral, taken: true } });
  expect(page.text()).toContain('您挂断了，通话结束');
});

it('says the same of whoever is back in the line meanwhile', () => {
  writing({ status: { state: 'ringing' }, referral });
  expect(page.text()).toContain('市民回到队伍里了');
  expect(page.text()).toContain('已请市民到「老城区大厅」取号，还没有取。');
});

it('says nothing of other halls where nobody was sent on', () => {
  writing({});
  expect(page.text()).not.toMatch(/大厅|不转了/);
});

it('asks why before it takes longer, and may take longer once', async () => {
  writing({});
  await button('延长时间')?.trigger('click');
  expect(page.get('dialog').text()).toContain('请选原因，会记下来。');
  await button('先不延长')?.trigger('click');
  expect([page.find('dialog').exists(), taps]).toEqual([false, []]);
  await button('延长时间')?.trigger('click');
  await button('要问别的部门')?.trigger('click');
  await flushPromises();
  expect([page.find('dialog').exists(), taps]).toEqual([false, ['other_office']]);
  extended.value = true;
  await nextTick();
  expect(button('延长时间')).toBeUndefined();
});
