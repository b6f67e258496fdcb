import { expect, test } from '@playwright/test';
import { House } from '../support/house';
import { look } from '../support/look';
import { Staff } from '../support/people';
import { inHouse, inScene } from '../support/scene';

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

    // Whether there is such a name, nobody learns here.
    await chen.page.getByLabel('登录名').fill('nobody');
    await chen.page.getByLabel('密码', { exact: true }).fill('wang-le-mima-1');
    await chen.button('登录').click();
    await expect(chen.page.getByText('登录名或密码不对，请再输一次。')).toBeVisible();
    await look(chen.page, 'staff-1-unknown-name');
  });
});

test('whoever reloads before choosing a password types the one-time password again, and reads why a wish is not taken', async () => {
  const house = await House.setUp();
  const person = house.hire('chen', '陈老师', '0412');
  await inHouse(house, async ({ desks }) => {
    const chen = await Staff.arrive(desks, house, person);
    const { page } = chen;
    await chen.useOneTimePassword();
    await page.reload();
    const present = page.getByLabel('现在的密码', { exact: true });
    await expect(present).toBeVisible();
    await chen.choosePassword('hebian-xiaoqiao-7');
    await expect(page.getByText('请填密码。')).toBeVisible();
    await look(page, 'staff-1-password-asked-again');
    await present.fill('wang-le-mima-1');
    await chen.choosePassword('hebian-xiaoqiao-7');
    const wrong = page.getByText('现在的密码不对，请再输一次。');
    await expect(wrong).toBeVisible();
    await look(page, 'staff-1-present-password-wrong');
    await present.fill(person.password);
    await chen.choosePassword('1234567890123');
    await expect(page.getByText('新密码全是数字，容易被猜到。')).toBeVisible();
    await chen.choosePassword('chen-hebian-12');
    const weak = page.getByText(/^这个密码容易被猜到：带了姓名/);
    await expect(weak).toBeVisible();
    await look(page, 'staff-1-password-weak');
    await page.getByLabel('再输一遍新密码', { exact: true }).fill('hebian-xiaoqiao-7');
    await chen.button('换好，进入工作台').click();
    await expect(page.getByText('两次输的不一样，请再输一遍。')).toBeVisible();
    await expect(weak).toHaveCount(0);
    await look(page, 'staff-1-password-differs');
    await chen.choosePassword('hebian-xiaoqiao-7');
    await expect(page.getByRole('heading', { name: '今天坐哪个窗口?' })).toBeVisible();
  });
});

test('a window somebody sits at is said to be taken, and to be free again once that page is gone', async () => {
  let zhaoIs = { name: '', password: '' };
  await inScene(async ({ house, desks, chen }) => {
    const zhao = await Staff.arrive(desks, house, zhaoIs);
    await zhao.signIn();
    await expect(zhao.page.getByText('陈老师 在用')).toBeVisible();
    await expect(zhao.button(/坐到3号窗口/)).toHaveCount(0);
    await look(zhao.page, 'staff-2-seat-taken');
    await chen.leave();
    await expect(zhao.page.getByText('陈老师 不在，可以坐')).toBeVisible({ timeout: 40_000 });
    await look(zhao.page, 'staff-2-seat-left');
    await zhao.goOnDuty('3号窗口');
  }, {
    prepare: async (house) => {
      zhaoIs = house.hire('zhao', '赵老师', '0413');
      house.amend({ 'timers.window_lease_ms': 6_000 });
    },
  });
});
