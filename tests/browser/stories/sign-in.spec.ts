import { expect, test } from '@playwright/test';
import { House } from '../support/house';
import { look } from '../support/look';
import { Staff } from '../support/people';
import { inHouse } from '../support/scene';

/** So many wrong passwords are forgiven (`sessions.lock_after_failures`). */
const FORGIVEN = 5;

test('a wrong password is told as that, and after too many the page says how long to wait and who can help', async () => {
  const house = await House.setUp();
  const person = house.hire('chen', '陈老师', '0412');
  await inHouse(house, async ({ desks }) => {
    const chen = await Staff.arrive(desks, house, person);
    const tryWith = async (password: string) => {
      await chen.page.getByLabel('登录名').fill('chen');
      await chen.page.getByLabel('密码', { exact: true }).fill(password);
      const answered = chen.page.waitForResponse(/sign-in/);
      await chen.button('登录').click();
      await answered;
    };
    await chen.button('登录').click();
    await expect(chen.page.getByText('请填登录名。')).toBeVisible();
    await look(chen.page, 'staff-1-nothing-typed');
    await tryWith('wang-le-mima-1');
    await expect(chen.page.getByText('登录名或密码不对，请再输一次。')).toBeVisible();
    await look(chen.page, 'staff-1-wrong');
    for (let i = 1; i < FORGIVEN; i += 1) await tryWith(`wang-le-mima-${i + 1}`);
    // Locked is locked, for the right one too.
    await tryWith(person.password);
    await expect(chen.page.getByText(/密码错的次数太多，请 15 分钟后再试。/)).toBeVisible();
    await look(chen.page, 'staff-1-locked');
  });
});
