import { expect, test } from '@playwright/test';
import { look } from '../support/look';
import { Citizen } from '../support/people';
import { inScene } from '../support/scene';

const HALF_HOUR_MS = 30 * 60_000;
/** The desk's own request: no page books yet. */
type Wish = { key: string; item: null; at: number; contact: { name: string; phone: string } };

test('an appointment opens by its link, shows by itself when it is time, and goes ahead once it is checked in', async () => {
  await inScene(
    async ({ house, phones, chen }) => {
      await chen.page.keyboard.press('F9');
      await chen.button('用餐').click();
      const book = (key: string, at: number, phone: string) =>
        chen.page.evaluate(
          async (wish: Wish) => {
            const headers = { 'content-type': 'application/json' };
            const answer = await fetch('/api/staff/appointments', { method: 'POST', headers, body: JSON.stringify(wish) });
            return ((await answer.json()) as { link: string }).link;
          },
          { key, item: null, at, contact: { name: '李奶奶', phone } },
        );
      const next = (Math.floor(Date.now() / HALF_HOUR_MS) + 1) * HALF_HOUR_MS;
      const later = await book('books-for-later', next + 8 * HALF_HOUR_MS, '13812345678');
      const soon = await book('books-for-soon', next, '13800138000');

      const early = await Citizen.blank(phones, house);
      await early.page.goto(later);
      await expect(early.button('打开我的预约')).toBeVisible();
      expect(early.page.url()).not.toContain('#');
      await look(early.page, 'citizen-1-appointment-link');
      await early.button('打开我的预约').click();
      await expect(early.page.getByRole('heading', { name: '您约好了' })).toBeVisible();
      await expect(early.button('我到了，签到')).toHaveCount(0);
      await look(early.page, 'citizen-2-appointment');
      await early.button('不来了，取消预约').click();
      await look(early.page, 'citizen-2-appointment-take-back');
      await early.answer('取消预约');
      await expect(early.page.getByRole('heading', { name: '预约取消了' })).toBeVisible();
      await look(early.page, 'citizen-8-appointment-cancelled');

      const wuDashu = await Citizen.arrive(phones, house);
      await wuDashu.takeNumber();
      const liNainai = await Citizen.blank(phones, house);
      await liNainai.page.goto(soon);
      await liNainai.button('打开我的预约').click();
      await expect(liNainai.page.getByRole('heading', { name: '可以签到了' })).toBeVisible();
      await look(liNainai.page, 'citizen-2-appointment-open');
      await liNainai.button('我到了，签到').click();
      await expect(liNainai.page.getByRole('heading', { name: /您是 A\d+ 号/ })).toBeVisible();
      await expect(chen.page.getByText(/^预约 \d+:\d\d$/)).toBeVisible();
      await look(chen.page, 'staff-2-appointment');

      // The message is opened once more, elsewhere, when it leads nowhere.
      const late = await Citizen.blank(phones, house);
      await late.page.goto(later);
      await late.button('打开我的预约').click();
      await expect(late.page.getByText('这个网址用不了了').first()).toBeVisible();
      await look(late.page, 'citizen-1-appointment-over');
    },
    // Whoever books the next slot may check in at once.
    { prepare: async (house) => house.amend({ 'appointments.early_ms': HALF_HOUR_MS }) },
  );
});
