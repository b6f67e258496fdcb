import { expect, test } from '@playwright/test';
import { House } from '../support/house';
import { look } from '../support/look';
import { Citizen, expectMedia, expectRunning, keepTraces, openBrowser, Staff } from '../support/people';
import { rowsOf } from '../support/rows';

test('li_nainai scans, waits, talks, is shown a screen, is logged and rates', async () => {
  const house = await House.demonstration();
  await house.open();
  const [phones, desks] = [await openBrowser(), await openBrowser()];
  try {
    const chen = await Staff.arrive(desks, house, house.demoPerson('chen'));
    await look(chen.page, 'staff-1-sign-in');
    await chen.useOneTimePassword();
    await look(chen.page, 'staff-1-choose-password');
    await chen.choosePassword('chen-1234');
    await expect(chen.page.getByText('新密码要 10 位以上，您填了 9 位。').first()).toBeVisible();
    await look(chen.page, 'staff-1-password-short');
    await chen.choosePassword('hebian-xiaoqiao-7');
    await expect(chen.page.getByRole('heading', { name: '今天坐哪个窗口?' })).toBeVisible();
    await look(chen.page, 'staff-2-seat');

    const liNainai = await Citizen.arrive(phones, house);
    await expect(liNainai.button('找工作人员帮忙')).toBeVisible();
    await look(liNainai.page, 'citizen-1-entry');
    await liNainai.button('找工作人员帮忙').click();
    await look(liNainai.page, 'citizen-2-items');
    await liNainai.button('我说不清，直接找人').click();
    const number = await liNainai.number();
    expect(number).toBe('A1');
    await look(liNainai.page, 'citizen-4-queue');

    await chen.goOnDuty('3号窗口');
    await expect(liNainai.button('我在')).toBeVisible();
    await look(liNainai.page, 'citizen-4-near');
    await liNainai.sayHere();
    await expect(chen.page.getByText('请接听').first()).toBeVisible();
    await look(chen.page, 'staff-3-ring');
    await chen.acceptRing();
    await liNainai.expectTalking();
    await chen.expectTalking();
    await expectMedia(liNainai.page, { sound: true });
    await expectMedia(chen.page, { sound: true });
    await look(liNainai.page, 'citizen-6-voice');
    await look(chen.page, 'staff-4-voice');

    // The camera is a second consent, each side for itself.
    await liNainai.button('开摄像头').click();
    await expectMedia(chen.page, { sound: true, picture: true });
    await chen.button(/^视频/).click();
    await expectMedia(liNainai.page, { sound: true, picture: true });
    await look(liNainai.page, 'citizen-6-video');
    await look(chen.page, 'staff-5-video');

    await chen.button(/^共享材料/).click();
    await expect(liNainai.page.getByText('给您看的页面').first()).toBeVisible();
    await expectRunning(liNainai.page.getByLabel(/给您看的页面/).locator('video'));
    await expectMedia(liNainai.page, { sound: true, picture: true });
    await expectMedia(chen.page, { sound: true, picture: true });
    await look(liNainai.page, 'citizen-6-share');
    await look(chen.page, 'staff-6-share');

    await liNainai.hangUp();
    await expect(chen.page.getByText('收尾：把办件登记好').first()).toBeVisible();
    await look(chen.page, 'staff-7-wrap-up');
    await chen.saveRecord('居民养老', '来问怎么参保，已经说清楚');
    await look(liNainai.page, 'citizen-8-done');
    // The thumb slips, and is forgiven.
    await liNainai.rate('不满意');
    await liNainai.button('评错了? 改一改').click();
    await look(liNainai.page, 'citizen-8-correct');
    await liNainai.rate('非常满意');
    await look(liNainai.page, 'citizen-8-rated');
    await expect(chen.page.getByText('非常满意')).toHaveCount(0);
    await chen.button(/^完成/).click();

    await chen.page.getByRole('button', { name: /办件登记簿/ }).or(chen.page.getByRole('link', { name: /办件登记簿/ })).first().click();
    await expect(chen.page.getByRole('row', { name: /城乡居民基本养老保险参保登记/ })).toBeVisible();
    await look(chen.page, 'staff-8-records');
    await chen.button(/^修改/).click();
    await chen.page.getByRole('dialog').getByLabel(/过程备注/).fill('来问怎么参保，已经说清楚，材料单发过去了');
    await look(chen.page, 'staff-8-edit');
    await chen.button('保存修改').click();
    await expect(chen.page.getByRole('dialog')).toHaveCount(0);
    await chen.button(/^看各版/).click();
    await expect(chen.page.getByRole('dialog').getByText('第 2 版')).toBeVisible();
    await expect(chen.page.getByRole('dialog').getByText('第 1 版')).toBeVisible();
    await look(chen.page, 'staff-8-versions');

    await house.shut();
    expectStored(house);
  } catch (failure) {
    await keepTraces(house, [phones, desks], test.info().outputDir);
    throw failure;
  } finally {
    await phones.close();
    await desks.close();
    await house.close();
  }
});

/** What the one visit left behind, row by row. */
function expectStored(house: House): void {
  const visits = rowsOf(house, 'select id, number, state, window_id, staff, closed_at_ms is not null as closed from visits');
  const [visit] = visits;
  expect(visits).toEqual([{ id: visit?.id, number: 'A1', state: 'closed', window_id: null, staff: null, closed: 1 }]);

  expect(rowsOf(house, 'select visit, outcome from outcomes')).toEqual([{ visit: visit?.id, outcome: 'served' }]);
  expect(rowsOf(house, 'select version, words from records order by version')).toEqual([
    { version: 1, words: expect.stringContaining('来问怎么参保，已经说清楚') },
    { version: 2, words: expect.stringContaining('材料单发过去了') },
  ]);
  expect(rowsOf(house, 'select visit, version, visit_number, item_name, kind, result, staff_name, window_name, words from records where version = 1')).toEqual([
    {
      visit: visit?.id,
      version: 1,
      visit_number: 'A1',
      item_name: '城乡居民基本养老保险参保登记',
      kind: 'answer',
      result: 'answered',
      staff_name: '陈老师',
      window_name: '3号窗口',
      words: expect.stringContaining('来问怎么参保，已经说清楚'),
    },
  ]);
  expect(rowsOf(house, 'select visit, level from ratings')).toEqual([{ visit: visit?.id, level: 'very_satisfied' }]);

  // Every step of the visit is an event, in order and without a gap, and each holds the hash of the one before.
  const events = rowsOf(house, 'select seq, cause, visit, body, prev_hash, hash from events order by seq');
  expect(events.map((event) => event.seq)).toEqual(events.map((_, i) => i + 1));
  expect(events.slice(1).map((event) => event.prev_hash)).toEqual(events.slice(0, -1).map((event) => event.hash));
  const causes = new Set(events.filter((event) => event.visit === visit?.id).map((event) => event.cause));
  for (const cause of ['took_number', 'record_saved', 'rated', 'rating_corrected']) expect(causes).toContain(cause);
  expect(events.filter((event) => String(event.body).includes('来问怎么参保'))).toEqual([]);
}
