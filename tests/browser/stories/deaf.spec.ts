import { expect, test } from '@playwright/test';
import { House } from '../support/house';
import { look } from '../support/look';
import { type Prepare, Staff } from '../support/people';
import { inHouse } from '../support/scene';

/** The clock of a PC that is seven minutes fast. */
const fastClock: Prepare = async (page) => {
  await page.addInitScript(() => {
    const now = Date.now;
    Date.now = () => now() + 7 * 60_000;
  });
};

test('a window that cannot be heard, or whose clock is wrong, is paused before it is rung and says how to mend it', async () => {
  const house = await House.setUp();
  const [chenIs, zhaoIs] = [house.hire('chen', '陈老师', '0412'), house.hire('zhao', '赵老师', '0413')];
  await inHouse(house, async ({ desks }) => {
    const chen = await Staff.arrive(desks, house, chenIs, { microphone: 'NotAllowedError' });
    await chen.signIn();
    await chen.goOnDuty('3号窗口');
    await expect(chen.page.getByText(/麦克风用不了，暂停给您叫号。/)).toBeVisible();
    await expect(chen.page.getByRole('heading', { name: '暂停叫号' })).toBeVisible();
    await look(chen.page, 'staff-2-deaf-microphone');

    const zhao = await Staff.arrive(desks, house, zhaoIs, {}, house.origin, fastClock);
    await zhao.signIn();
    await zhao.goOnDuty('2号窗口');
    await expect(zhao.page.getByText(/这台电脑的时间差了好几分钟，暂停给您叫号。/)).toBeVisible();
    await look(zhao.page, 'staff-2-deaf-clock');
  });
});
