import { expect, test } from '@playwright/test';
import { leavesOutMounts } from '../support/apart';
import { House } from '../support/house';
import { look } from '../support/look';
import { Citizen, expectMedia, Staff } from '../support/people';
import { inHouse } from '../support/scene';

test('while the disk is full both sides read that this step was not stored and what to do, and nothing told before is lost', async () => {
  if (leavesOutMounts()) return;
  const house = await House.setUp();
  const person = house.hire('chen', '陈老师', '0412');
  await inHouse(
    house,
    async ({ phones, desks }) => {
      const chen = await Staff.arrive(desks, house, person);
      await chen.signIn();
      await chen.goOnDuty('3号窗口');
      const liNainai = await Citizen.arrive(phones, house);
      const number = await liNainai.takeNumber();
      await liNainai.sayHere();
      await chen.acceptRing();
      await liNainai.expectTalking();

      house.fillDisk();
      await chen.sendRecord('居民养老', '说清楚了');
      await expect(chen.page.getByText('服务器的磁盘满了，这一步还没有存上。内容都在，请告诉管理员腾出空间再点。').first()).toBeVisible();
      await expect(chen.page.getByLabel(/过程备注/)).toHaveValue('说清楚了');
      await look(chen.page, 'staff-4-record-not-stored');

      const wuDashu = await Citizen.arrive(phones, house);
      await wuDashu.button('找工作人员帮忙').click();
      await wuDashu.button('我说不清，直接找人').click();
      const told = wuDashu.page.getByText('大厅的系统存满了，这一步还没有存上，存过的都在。请稍等再点一次，或打电话。');
      await expect(told.first()).toBeVisible();
      await expect(wuDashu.page.getByRole('link', { name: '打电话 12345' }).first()).toBeInViewport();
      await look(wuDashu.page, 'citizen-2-disk-full', told.first());
      await expectMedia(liNainai.page, { sound: true });

      house.clearDisk();
      await wuDashu.button('我说不清，直接找人').click();
      expect(await wuDashu.number()).not.toBe(number);
      await chen.page.keyboard.press('Control+Enter');
      await chen.expectRecorded();
    },
    () => house.openOnSmallDisk(16),
  );
});
