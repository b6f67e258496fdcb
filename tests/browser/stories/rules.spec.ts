import { expect, type Locator, test } from '@playwright/test';
import { look } from '../support/look';
import { Citizen, Staff } from '../support/people';
import { beginTalk, inScene } from '../support/scene';

const RING = '窗口响铃多久';

/** The row of a rule: its field, its verbs and what it says. */
function row(staff: Staff, what: string): Locator {
  return staff.page.locator('form').filter({ has: staff.page.getByLabel(what, { exact: true }) });
}

async function openRules(staff: Staff): Promise<void> {
  await staff.button(/管理员/).click();
  await staff.button('大厅规则').click();
  await expect(staff.page.getByRole('heading', { name: '大厅规则', level: 1 })).toBeFocused();
  await expect(staff.page.getByLabel(RING, { exact: true })).toBeVisible();
}

/** Another administrator was first: this page is told what it is now, and may say it again. */
async function changeWhatAnotherHasChanged(admin: Staff): Promise<void> {
  const answer = await admin.page.evaluate(async () => {
    const wish = { key: 'another-administrator', rule: 'timers.hold_ms', seen: 300_000, value: 360_000 };
    const headers = { 'content-type': 'application/json' };
    return (await fetch('/api/staff/rules', { method: 'POST', headers, body: JSON.stringify(wish) })).status;
  });
  expect(answer).toBe(204);
  const hold = admin.page.getByLabel('保持通话最久多久，过了就问窗口', { exact: true });
  await hold.fill('8');
  await hold.press('Enter');
  await expect(admin.page.getByText(/别人刚刚把「保持通话最久多久，过了就问窗口」改成了「6 分钟」/)).toBeVisible();
  await hold.press('Enter');
  await expect(admin.page.getByText(/已改：保持通话最久多久，过了就问窗口，现在是「8 分钟」。/)).toBeVisible();
  await admin.button('恢复默认：保持通话最久多久，过了就问窗口').click();
  await expect(hold).toHaveValue('5');
}

test('an administrator changes rules of the open hall by keyboard, while one talks and one waits', async () => {
  let admin = { name: '', password: '' };
  await inScene(
    async (scene) => {
      const { house, phones, desks, chen } = scene;
      const liNainai = await beginTalk(scene);
      const wuDashu = await Citizen.arrive(phones, house);
      const number = await wuDashu.takeNumber();
      await chen.button(/陈老师/).click();
      await expect(chen.button('退出登录')).toBeVisible();
      await expect(chen.button('大厅规则')).toHaveCount(0);
      await chen.page.keyboard.press('Escape');

      const wang = await Staff.arrive(desks, house, admin);
      await wang.signIn();
      await openRules(wang);
      await look(wang.page, 'staff-8-rules');
      await wang.page.getByRole('link', { name: '回电' }).press('Enter');
      await expect(wang.page.getByRole('region', { name: '回电' })).toBeFocused();
      await expect(wang.page.getByLabel('回电最多打几次', { exact: true })).toBeInViewport();
      const find = wang.page.getByLabel('找规则');
      await find.fill('响铃');
      await expect(wang.page.getByText('保持通话最久多久，过了就问窗口')).toBeHidden();
      await look(wang.page, 'staff-8-rules-found');
      await find.fill('');

      const ring = row(wang, RING);
      const field = wang.page.getByLabel(RING, { exact: true });
      await expect(field).toHaveValue('20');
      await field.fill('0');
      await field.press('Enter');
      await expect(ring.getByText('可以是 5 秒到 5 分钟，您填的用不了')).toBeVisible();
      await expect(field).toHaveAttribute('aria-invalid', 'true');
      await look(wang.page, 'staff-8-rules-wrong');
      await field.fill('10');
      await field.press('Enter');
      await expect(ring.getByText('已改：窗口响铃多久，现在是「10 秒」。')).toBeVisible();
      await expect(ring.getByText('已改', { exact: true })).toBeVisible();
      await look(wang.page, 'staff-8-rules-changed');

      await wang.page.getByLabel('叫号以前先请群众点「我在」', { exact: true }).selectOption({ label: '否' });
      await wang.button('保存：叫号以前先请群众点「我在」').click();
      await expect(wang.page.getByText(/已改：叫号以前先请群众点「我在」，现在是「否」。/)).toBeVisible();

      await changeWhatAnotherHasChanged(wang);

      const history = wang.page.getByText(/管理员：窗口响铃多久，从「20 秒」改成「10 秒」。/);
      await history.scrollIntoViewIfNeeded();
      await look(wang.page, 'staff-8-rules-history');

      // Nobody noticed.
      await chen.expectTalking();
      await liNainai.expectTalking();
      expect(await wuDashu.number()).toBe(number);
      await expect(wuDashu.page.getByRole('heading', { name: new RegExp(`您是 ${number} 号`) })).toBeVisible();

      await house.kill();
      await house.open();
      await wang.page.reload();
      await openRules(wang);
      await expect(field).toHaveValue('10');
    },
    { prepare: async (house) => void (admin = house.giveAnother('admin')) },
  );
});
