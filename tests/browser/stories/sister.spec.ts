import { expect, test } from '@playwright/test';
import { lookClosely } from '../support/look';
import { Citizen, Staff } from '../support/people';
import { inScene } from '../support/scene';

const THERE = { id: 'laocheng', name: '老城区政务服务中心' };

/** A hall that opens one minute a week, not now. */
const shutHours = () => {
  const day = ((new Date(Date.now() + 8 * 3_600_000).getUTCDay() + 2) % 7) + 1;
  return [{ from_day: day, to_day: day, from_minute: 540, to_minute: 541 }];
};

test('where her hall cannot help, she reads which other hall can, and goes there with her place by two taps', async () => {
  let admin = { name: '', password: '' };
  await inScene(
    async ({ house, phones, desks, chen }) => {
      // Nobody is at a window here.
      await chen.page.keyboard.press('F9');
      await chen.button('用餐').click();

      const zhou = await Staff.arrive(desks, house, admin);
      await zhou.signIn();
      await zhou.goOnDuty('1号窗口');

      const wu = await Citizen.arrive(phones, house);
      const line = wu.page.getByText(`${THERE.name}：没有人在等。`);
      const go = wu.page.getByRole('link', { name: `${THERE.name} 去那边看看` });
      await expect(line).toBeVisible();
      await lookClosely(wu.page, 'citizen-1-sisters', go);
      await go.click();
      await wu.page.waitForURL(`**/h/${THERE.id}`);
      await expect(wu.button('找工作人员帮忙')).toBeVisible();
      await wu.page.goBack();

      await wu.takeNumber();
      const number = await wu.number();
      await expect(wu.page.getByText('去那边，还按您在这里取号的时间排。')).toBeVisible();
      const choose = wu.button(`${THERE.name} 去那边取号`);
      await lookClosely(wu.page, 'citizen-4-sisters', choose);
      await choose.click();
      await expect(wu.page.getByText('那边现在没有人在等。取了号，这边的号就不留了。')).toBeVisible();
      await lookClosely(wu.page, 'citizen-4-sister-chosen', wu.button('取号，过去'));
      // She thinks better of it, and is where she was.
      await wu.button('不去，就在这里等').click();
      await choose.click();
      expect(await wu.number()).toBe(number);
      await wu.button('取号，过去').click();
      await wu.page.waitForURL(`**/h/${THERE.id}`);
      await expect(wu.page.getByText(`转来，那边是 ${number} 号。按最早取号的时间排。`)).toBeVisible();
      await wu.button('不排了').click();
      await wu.answer('不排了，号不要了');
      await expect(wu.button('不排了')).toBeHidden();

      await house.shut();
      house.write(`update halls set rules = json_set(rules, '$.hours', json('${JSON.stringify(shutHours())}')) where id = '${house.hall}'`);
      await house.open();
      const late = await Citizen.arrive(phones, house);
      await expect(late.page.getByRole('heading', { name: '现在下班了。' })).toBeVisible();
      // The window there is back from the restart.
      await expect(async () => {
        await late.page.reload();
        await expect(late.page.getByText(`${THERE.name}：没有人在等。`)).toBeVisible({ timeout: 1_000 });
      }).toPass();
      await lookClosely(late.page, 'citizen-1-closed-sisters', late.page.getByRole('link', { name: `${THERE.name} 去那边看看` }));
    },
    {
      prepare: async (house) => {
        house.add(THERE.id, THERE.name);
        house.amend({ hands_on_to: [THERE.id] });
        admin = house.giveAnother(`admin-${THERE.id}`);
      },
    },
  );
});
