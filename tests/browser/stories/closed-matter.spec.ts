import { expect, test } from '@playwright/test';
import { House } from '../support/house';
import { look } from '../support/look';
import { Citizen } from '../support/people';
import { inHouse } from '../support/scene';

const DAY_MS = 24 * 3_600_000;

/** The hall's day so many days from now, 1 = Monday, and its date. */
function dayIn(days: number): { weekday: number; date: string } {
  const there = new Date(Date.now() + 8 * 3_600_000 + days * DAY_MS);
  return { weekday: there.getUTCDay() || 7, date: there.toISOString().slice(0, 10) };
}

/** From nine to noon on the weekday of the day so many days from now. */
const morningIn = (days: number) => {
  const { weekday } = dayIn(days);
  return [{ from_day: weekday, to_day: weekday, from_minute: 540, to_minute: 720 }];
};

test('a matter that is not handled now says when it is, or that nobody can say, and each leads to a way on', async () => {
  const house = await House.setUp();
  house.amend({
    queues: [
      { id: 'a', name: '综合' },
      { id: 'b', name: '社保', groups: ['社会保险'], hours: morningIn(3) },
      { id: 'c', name: '医保', groups: ['医疗保障'], hours: morningIn(2) },
    ],
  });
  // The hall knows two weeks, and in them 医保 has no day but holidays.
  for (const days of [2, 9]) house.run(['calendar', 'set', dayIn(days).date, 'holiday', '设备检修']);
  await inHouse(house, async ({ phones }) => {
    const liNainai = await Citizen.arrive(phones, house);
    const { page } = liNainai;
    await liNainai.button('找工作人员帮忙').click();
    const known = page.getByRole('button', { name: /现在取不了号，.*上午 9:00 再办/ });
    const unknown = page.getByRole('link', { name: '现在取不了号，什么时候能取还说不准。请打 12345 问一问' });
    await expect(known).toHaveCount(1);
    await expect(unknown).toHaveAttribute('href', 'tel:12345');
    await look(page, 'citizen-2-closed-matter');

    await known.click();
    await expect(page.getByRole('heading', { name: '这件事现在取不了号，留个电话给您回' })).toBeVisible();
    await expect(page.getByText(/上午 9:00 以后，工作人员打电话找您。/)).toBeVisible();
    await look(page, 'citizen-2-leave-matter');
    await page.getByLabel('电话', { exact: true }).fill('13800138000');
    await liNainai.button('留下电话').click();
    await expect(page.getByRole('heading', { name: '电话留好了' })).toBeVisible();

    // Whoever comes for something else gets a number at once.
    const wuDashu = await Citizen.arrive(phones, house);
    expect(await wuDashu.takeNumber()).toBe('A1');
  });
});
