import { beforeAll, describe, expect, it, vi } from 'vitest';
import { nextTick, type Ref, type ShallowRef } from 'vue';
import { loadLane } from '../call/useLane';
import DoneScreen from '../done/DoneScreen.vue';
import EntryScreen from '../entry/EntryScreen.vue';
import LeaveScreen from './LeaveScreen.vue';
import LeftScreen from './LeftScreen.vue';
import ItemsScreen from '../items/ItemsScreen.vue';
import QueueScreen from '../queue/QueueScreen.vue';
import { hallCard, monday } from '../examples';
import { show, visitIn, waiting, tomorrow, suspension, suspended, atNight, left, fullToday } from '../testing';

// As for whoever has waited for a moment.
beforeAll(loadLane);

describe('a closed hall', () => {
  it('says when it opens, and leads to leaving a telephone number', async () => {
    const { page, taps, press } = show(EntryScreen, null, atNight);
    expect(page.text()).toContain('明天上午 9:30 上班。');
    await press('留个电话，上班后给您回');
    page.unmount();
    expect(taps).toContain('leave number');
  });

  it('offers no call-back when nobody can say when', () => {
    const { page } = show(EntryScreen, null, hallCard({ open: { state: 'closed', opens_at: null } }));
    expect(page.text()).not.toContain('留个电话');
    page.unmount();
  });

  it('closed in an emergency, says why and that nobody knows how long', () => {
    const { page } = show(EntryScreen, null, suspended);
    for (const words of ['临时停办', '大楼停电，暂停取号。', '说不准', '留个电话，恢复后给您回'])
      expect(page.text()).toContain(words);
    page.unmount();
  });

  it('full for today, says on which day it calls', async () => {
    const { page, taps, press } = show(EntryScreen, null, { ...fullToday, calls_back_from: tomorrow });
    await press('留个电话，明天上班后给您回');
    page.unmount();
    expect(taps).toContain('leave number');
  });

  it.each(['bad_phone', 'too_many', 'hall_full'])('speaks of no number to who has none: %s', async (code) => {
    const { page, visit } = show(LeaveScreen, null, atNight);
    (visit.trouble as ShallowRef<string | null>).value = code;
    await nextTick();
    const said = page.find('[role=alert]').text();
    page.unmount();
    expect(said).not.toMatch(/您的号|取不了号|几分钟再点/u);
    expect(said.length).toBeGreaterThan(10);
  });

  it('says beside the name that it is too long, and keeps what was typed', async () => {
    const { page, taps, press } = show(LeaveScreen, null, atNight);
    const [phone, name] = page.findAll('input');
    await phone!.setValue('13812345678');
    await name!.setValue('李'.repeat(21));
    await press('留下电话');
    await nextTick();
    expect(page.get(`#${name!.attributes('aria-describedby')}`).text()).toContain('您填了 21 个，请写短一点。');
    expect(document.activeElement).toBe(name!.element);
    expect([phone!.element.value, name!.element.value]).toEqual(['13812345678', '李'.repeat(21)]);
    expect(taps).toEqual([]);
    await name!.setValue('李奶奶');
    await press('留下电话');
    page.unmount();
    expect(taps).toEqual(['leave 13812345678 for null']);
  });

  it('promises no moment to who left a number while nobody knows how long the emergency lasts', () => {
    const suspension = { text: '大楼停电。', since: monday, until: null, waiting: 'served' as const };
    const { page } = show(LeftScreen, { ...left, suspension }, suspended);
    expect(page.text()).toContain('大厅一恢复，工作人员就打电话找您，什么时候还说不准。');
    expect(page.text()).not.toContain('9:30');
    page.unmount();
    const known = show(LeftScreen, { ...left, suspension: { ...suspension, until: tomorrow } }, suspended);
    expect(known.page.text()).toContain('明天上午 9:30 以后');
    known.page.unmount();
  });

  it('asks for the telephone where the matter alone is closed, and says when it is handled again', async () => {
    const { aliases, code, name } = hallCard().items[0]!;
    const queue = { items: [code], calls_back_from: tomorrow };
    const open = hallCard({ closed_queues: [queue] });
    const { page, taps, press } = show(ItemsScreen, null, open);
    expect(page.text()).toContain('现在取不了号，明天上午 9:30 再办');
    await page.findAll('.items__item')[0]!.trigger('click');
    await press('我说不清，直接找人');
    page.unmount();
    expect(taps).toEqual([`matter ${code}`, 'take null']);
    const { page: leave, visit } = show(LeaveScreen, null, open);
    (visit.matter as ShallowRef).value = hallCard().items[0]!;
    await nextTick();
    expect(leave.text()).toContain('这件事现在取不了号，留个电话给您回');
    expect(leave.text()).toContain('明天上午 9:30 以后，工作人员打电话找您。');
    expect(leave.text()).toContain(aliases[0] ?? name);
    expect(leave.text()).toContain('看看《服务须知》');
    expect(leave.text(), 'who leaves a number stands in no line').not.toContain('开始排队');
    leave.unmount();
  });

  it.each([false, true])(
    'where nobody can say when the matter is handled, leads to the telephone; leaving one: %s',
    async (leaving) => {
      const { code } = hallCard().items[0]!;
      const open = hallCard({ closed_queues: [{ items: [code], calls_back_from: null }] });
      const { page, taps, visit } = show(ItemsScreen, null, open);
      (visit.leaving as Ref).value = leaving;
      await nextTick();
      const matter = page.get('a.items__item');
      expect(matter.text()).toContain('现在取不了号，什么时候能取还说不准。请打 12345 问一问');
      expect(matter.attributes('href')).toBe('tel:12345');
      await matter.trigger('click');
      page.unmount();
      expect(taps).toEqual([]);
    },
  );

  it('takes no number without a telephone that can be called', async () => {
    const { page, taps, press } = show(LeaveScreen, null, atNight);
    expect(page.text()).toContain('明天上午 9:30 以后，工作人员打电话找您。');
    await press('留下电话');
    expect(page.text()).toContain('请填电话号码');
    await page.find('input[type=tel]').setValue('1381234567');
    expect(page.text()).toContain('您填了 10 位');
    expect(taps).toEqual([]);
    await page.find('input[type=tel]').setValue('138 1234 5678');
    await press('留下电话');
    page.unmount();
    expect(taps).toEqual(['leave 13812345678 for null']);
  });

  it('shows what was left, when it is called, and takes it back after one question', async () => {
    vi.useFakeTimers();
    const { page, taps, press } = show(LeftScreen, left, atNight);
    for (const words of ['我们会打 13812345678。', '明天上午 9:30', '居住证申领', '40 27'])
      expect(page.text()).toContain(words);
    await press('不用打了');
    vi.advanceTimersByTime(500);
    await nextTick();
    await press('不用打了，收回电话');
    page.unmount();
    vi.useRealTimers();
    expect(taps).toEqual(['leave']);
  });

  it('lets who took the telephone back leave one again', async () => {
    const over = visitIn({ state: 'closed', outcome: 'cancelled', at: monday }, { callback: { attempts: 0, most: 2 } });
    const { page, taps, press } = show(DoneScreen, over, atNight);
    expect(page.find('h1').text()).toBe('电话收回了，我们不会再打');
    await press('留个电话，上班后给您回');
    page.unmount();
    expect(taps).toEqual(['refresh hall', 'leave again']);
  });

  it('tells who waits what becomes of the number', async () => {
    const { page, become } = show(QueueScreen, { ...waiting, suspension: { ...suspension, waiting: 'served' } });
    expect(page.text()).toContain('窗口照常接待您');
    await become({ ...waiting, suspension });
    expect(page.text()).toContain('也可以点下面的「不想等了，请给我回电话」');
    await become({ ...waiting, suspension, offer: 'no_window' });
    expect(page.text()).not.toContain('窗口照常');
    await become(waiting);
    expect(page.text()).not.toContain('停办');
    page.unmount();
  });
});
