import { expect, test } from '@playwright/test';
import { look } from '../support/look';
import { Citizen } from '../support/people';
import { inScene } from '../support/scene';

test('a window calls a missed number again, no more often than the rule says, and reads before it answers what its citizen came for earlier', async () => {
  const short = { 'timers.here_counts_as_accept_ms': 0, 'timers.citizen_accept_ms': 1_000, 'timers.missed_recalls': 1 };
  await inScene(async ({ house, phones, chen }) => {
    const liNainai = await Citizen.arrive(phones, house);
    await liNainai.takeNumber();
    await liNainai.button('不排了').click();
    await liNainai.answer('不排了，号不要了');
    await expect(liNainai.page.getByRole('heading', { name: '您已经不排了' })).toBeVisible();
    await liNainai.button('再排一次').click();
    await liNainai.button('我说不清，直接找人').click();
    await liNainai.sayHere();
    await expect(chen.page.getByText(/\d{1,2}:\d\d A1/)).toBeVisible();
    await expect(chen.page.getByText('自己不等了')).toBeVisible();
    await look(chen.page, 'staff-3-ring-earlier');
    await chen.acceptRing();
    await expect(liNainai.page.getByRole('heading', { name: '刚才轮到您，没有接通。' })).toBeVisible();

    const missed = chen.page.getByRole('region', { name: '过号', exact: true });
    await expect(missed.getByText('A2')).toBeVisible();
    await expect(missed.getByText(/过号 \d\d:\d\d/)).toBeVisible();
    await look(chen.page, 'staff-2-missed');
    await missed.getByRole('button', { name: '重新叫号 A2' }).click();
    await expect(missed).toHaveCount(0);
    await expect(liNainai.page.getByRole('heading', { level: 1, name: /您是 A2 号/ })).toBeVisible();
    await liNainai.sayHere();
    await chen.acceptRing();
    await expect(liNainai.page.getByRole('heading', { name: '刚才轮到您，没有接通。' })).toBeVisible();
    await look(liNainai.page, 'citizen-7-missed-again');

    await missed.getByRole('button', { name: '重新叫号 A2' }).click();
    await expect(chen.page.getByRole('alert').getByText('这个号已经重新叫了好几次。')).toBeVisible();
    await expect(missed.getByText('A2')).toBeVisible();
    await look(chen.page, 'staff-2-recalls-used-up');
  }, { prepare: async (house) => house.amend(short) });
});
