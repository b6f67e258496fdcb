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

test('where her hall cannot help, she reads which other hall can, goes there by one tap, and her number stays', async () => {
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
      await wu.takeNumber();
      await expect(wu.page.getByText('去那边要另取一个号。这边的号还会留一会儿；要这边叫您，请回到这一页。')).toBeVisible();
      await lookClosely(wu.page, 'citizen-4-sisters', go);
      const number = await wu.number();
      await go.click();
      await wu.page.waitForURL(`**/h/${THERE.id}`);
      await expect(wu.button('找工作人员帮忙')).toBeVisible();
      await wu.page.goBack();
      expect(await wu.number()).toBe(number);

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
