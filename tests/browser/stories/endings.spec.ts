import { expect, test } from '@playwright/test';
import type { House } from '../support/house';
import { look } from '../support/look';
import { Citizen } from '../support/people';
import { inScene } from '../support/scene';

test('a number that nobody came back for, and calls that nobody answered: the slip says so, and what to do', async () => {
  const short = {
    'timers.here_counts_as_accept_ms': 0,
    'timers.citizen_accept_ms': 1_000,
    'timers.missed_return_ms': 1_000,
    'timers.missed_keeps_ms': 1_000,
    'timers.callback_pause_ms': 5_000,
  };
  await inScene(async ({ house, phones, chen }) => {
    const wuDashu = await Citizen.arrive(phones, house);
    await wuDashu.takeNumber();
    await wuDashu.sayHere();
    await chen.acceptRing();
    await expect(wuDashu.page.getByRole('heading', { name: '号过了时间，已经收回' })).toBeVisible();
    await look(wuDashu.page, 'citizen-8-expired');

    await chen.page.keyboard.press('F9');
    await chen.button('用餐').click();
    const liNainai = await Citizen.arrive(phones, house);
    await liNainai.takeNumber();
    await liNainai.button('不想等了，请给我回电话').click();
    await liNainai.page.getByLabel('手机').first().fill('13800138000');
    await liNainai.button('好，给我回电话').click();
    await expect(liNainai.button('我在这里等，不用打电话了')).toBeVisible();
    await chen.page.keyboard.press('F9');
    for (const round of ['第 1 次', '第 2 次']) {
      if (round === '第 2 次') {
        const later = liNainai.page.getByText('刚才打过 1 次，没有接通，过一会儿再打。');
        await expect(later).toBeVisible();
        await look(liNainai.page, 'citizen-4-call-back-again');
        await expect(liNainai.page.getByText('正在请窗口给您打电话，请留意来电。')).toBeVisible();
        await expect(later).toHaveCount(0);
        await look(liNainai.page, 'citizen-4-call-back-ringing');
      }
      await chen.acceptRing();
      await chen.button('显示号码').click();
      await expect(chen.page.getByText(round)).toBeVisible();
      if (round === '第 2 次') await look(chen.page, 'staff-4-call-back-last');
      await chen.button('没人接').click();
    }
    await expect(liNainai.page.getByRole('heading', { name: '给您打了 2 次电话，没有接通' })).toBeVisible();
    await look(liNainai.page, 'citizen-8-call-back-unanswered');
    await expect(chen.page.getByText('A2 号回了电话没有人接，已经结束。')).toBeVisible();
    await look(chen.page, 'staff-3-call-back-over');
  }, { prepare: async (house) => house.amend(short) });
});

const MINUTE = 60_000;

/** So long before closing the hall opens again. */
const LAST_MS = 8_000;

/** Opens the hall again shortly before the end of a minute, at which it closes for the day. */
async function openUntilSoon(house: House): Promise<void> {
  const aheadMs = MINUTE - ((Date.now() + LAST_MS) % MINUTE);
  // Its hours are those of China wherever the test runs.
  const closing = Math.round((Date.now() + aheadMs + LAST_MS) / MINUTE) + 8 * 60;
  await house.shut();
  house.moveClock(aheadMs);
  house.amend({ 'hours[0].to_minute': closing % (24 * 60) || 24 * 60 });
  await house.open();
}

test('whoever still waits when the hall has closed and no window is left is told so', async () => {
  await inScene(async ({ house, phones, chen }) => {
    const liNainai = await Citizen.arrive(phones, house);
    await liNainai.takeNumber();
    await openUntilSoon(house);
    // Whoever has a number is served as long as a window is there, and told when there is none any more.
    await chen.page.keyboard.press('F9');
    await chen.button('用餐').click();
    await expect(liNainai.page.getByRole('heading', { name: '大厅下班了，今天排不上了' })).toBeVisible({ timeout: 150_000 });
    await expect(liNainai.button('再排一次')).toHaveCount(0);
    await look(liNainai.page, 'citizen-8-closed-out');
  });
});
