import { expect, test } from '@playwright/test';
import { House } from '../support/house';
import { look } from '../support/look';
import { Citizen, Staff } from '../support/people';
import { inHouse, inScene } from '../support/scene';

const TEXT = '大楼停电，暂停取号。急事请打 12345。';

test('a supervisor closes the hall in an emergency: everybody reads why, who waits is kept, who comes leaves a number', async () => {
  let admin = { name: '', password: '' };
  await inScene(
    async ({ house, phones, desks, chen }) => {
      await chen.page.keyboard.press('F9');
      await chen.button('用餐').click();
      const liNainai = await Citizen.arrive(phones, house);
      await liNainai.takeNumber();
      const wang = await Staff.arrive(desks, house, admin);
      await wang.signIn();
      await wang.button(/管理员/).click();
      await look(wang.page, 'staff-2-menu-administrator');
      await wang.button('紧急停办…').click();
      await wang.button('停办，不再取新号').click();
      await expect(wang.page.getByText('请写几个字，市民要知道为什么。')).toBeVisible();
      await look(wang.page, 'staff-suspension-text-missing');
      await wang.page.getByLabel('给市民看的说明').fill(TEXT);
      await wang.page.getByLabel('什么时候恢复取号').selectOption({ label: '说不准，由我来恢复' });
      await wang.page.getByLabel('请他们接着等，或者改成回电话').check();
      await look(wang.page, 'staff-suspension-sheet');
      await wang.button('停办，不再取新号').click();
      await expect(wang.page.getByText(/紧急停办中，不取新号/).first()).toBeVisible();
      await look(wang.page, 'staff-suspension-own');
      await expect(chen.page.getByText(/紧急停办中，不取新号/).first()).toBeVisible();
      await expect(chen.button('恢复取号')).toHaveCount(0);
      await look(chen.page, 'staff-suspension-bar');
      await expect(liNainai.page.getByText('大厅临时停办，不再取新号').first()).toBeVisible();
      await look(liNainai.page, 'citizen-4-suspension');

      const wuDashu = await Citizen.arrive(phones, house);
      await expect(wuDashu.page.getByRole('heading', { name: '临时停办，暂不取号。' })).toBeVisible();
      await expect(wuDashu.page.getByText(TEXT).first()).toBeVisible();
      await look(wuDashu.page, 'citizen-1-suspension');
      await wuDashu.button('留个电话，恢复后给您回').click();
      await wuDashu.page.getByRole('button', { name: /居民养老保险/ }).first().click();
      await wuDashu.page.getByLabel('电话', { exact: true }).fill('13812345678');
      await wuDashu.button('留下电话').click();
      await expect(wuDashu.page.getByRole('heading', { name: '电话留好了' })).toBeVisible();
      await look(wuDashu.page, 'citizen-2-left-suspension');

      // It survives the program.
      await house.kill();
      await house.open();
      await wuDashu.page.reload();
      await expect(wuDashu.page.getByRole('heading', { name: '电话留好了' })).toBeVisible();
      await expect(wang.page.getByText(/紧急停办中，不取新号/).first()).toBeVisible({ timeout: 40_000 });
      await wang.page.getByRole('button', { name: '恢复取号' }).first().click();
      await expect(chen.page.getByText(/紧急停办中/)).toHaveCount(0);
      await expect(wuDashu.page.getByRole('heading', { name: /您是 A2 号/ })).toBeVisible();
      await liNainai.button('不排了').click();
      await liNainai.answer('不排了，号不要了');

      // A window telephones, as to any call-back.
      await chen.page.keyboard.press('F9');
      await chen.acceptRing();
      await chen.button('显示号码').click();
      await expect(chen.page.getByText('13812345678').first()).toBeVisible();
    },
    { prepare: async (house) => void (admin = house.giveAnother('admin')) },
  );
});

test('after hours a telephone number is left, looked at again, and taken back', async () => {
  // A hall that opens one minute a week, not now.
  const day = ((new Date(Date.now() + 8 * 3_600_000).getUTCDay() + 2) % 7) + 1;
  const house = await House.setUp({ hours: `${day}-${day} 09:00-12:00` });
  house.amend({ max_left_numbers: 1 });
  await inHouse(house, async ({ phones }) => {
    const liNainai = await Citizen.arrive(phones, house);
    await expect(liNainai.page.getByRole('heading', { name: '现在下班了。' })).toBeVisible();
    await look(liNainai.page, 'citizen-1-closed');
    await liNainai.button('留个电话，上班后给您回').click();
    await expect(liNainai.page.getByRole('heading', { name: '您要办什么事?' })).toBeVisible();
    await liNainai.page.getByRole('button', { name: /居民养老保险/ }).first().click();
    await look(liNainai.page, 'citizen-2-leave');
    await liNainai.page.goBack();
    await expect(liNainai.page.getByRole('heading', { name: '您要办什么事?' })).toBeVisible();
    // The page's own way back leaves no step behind that the phone's button would have to go.
    const steps = await liNainai.page.evaluate(() => history.length);
    for (let round = 0; round < 2; round++) {
      await liNainai.page.getByRole('button', { name: /居民养老保险/ }).first().click();
      await liNainai.button('返回').click();
      await expect(liNainai.page.getByRole('heading', { name: '您要办什么事?' })).toBeVisible();
    }
    expect(await liNainai.page.evaluate(() => history.length)).toBe(steps);
    await liNainai.page.goBack();
    await expect(liNainai.page.getByRole('heading', { name: '现在下班了。' })).toBeVisible();
    await liNainai.button('留个电话，上班后给您回').click();
    await liNainai.button('我说不清，直接找人').click();
    await liNainai.page.getByLabel('电话', { exact: true }).fill('1381234567');
    await liNainai.button('留下电话').click();
    await expect(liNainai.page.getByText(/手机号码要 11 位，您填了 10 位/).first()).toBeVisible();
    await look(liNainai.page, 'citizen-2-leave-wrong');
    await liNainai.page.getByLabel('电话', { exact: true }).fill('138 1234 5678');
    await liNainai.button('留下电话').click();
    await expect(liNainai.page.getByRole('heading', { name: '电话留好了' })).toBeVisible();
    await expect(liNainai.page.getByText('我们会打 13812345678。').first()).toBeVisible();
    await look(liNainai.page, 'citizen-2-left');

    const wuDashu = await Citizen.arrive(phones, house);
    await wuDashu.button('留个电话，上班后给您回').click();
    await wuDashu.button('我说不清，直接找人').click();
    await wuDashu.page.getByLabel('电话', { exact: true }).fill('13800138000');
    await wuDashu.button('留下电话').click();
    const full = wuDashu.page.getByText('留电话的人已经满了，这一次没有留上。');
    await expect(full).toBeInViewport();
    await look(wuDashu.page, 'citizen-2-leave-full', full);

    await liNainai.page.reload();
    await expect(liNainai.page.getByRole('heading', { name: '电话留好了' })).toBeVisible();
    await liNainai.button('不用打了').click();
    await look(liNainai.page, 'citizen-2-take-back');
    await liNainai.answer('不用打了，收回电话');
    await expect(liNainai.page.getByRole('heading', { name: '电话收回了，我们不会再打' })).toBeVisible();
    await look(liNainai.page, 'citizen-8-cancelled');
    await liNainai.button('留个电话，上班后给您回').click();
    await expect(liNainai.page.getByRole('heading', { name: '您要办什么事?' })).toBeVisible();
  });
});
