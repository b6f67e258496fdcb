import { expect, test } from '@playwright/test';
import { joinLine } from '../support/crowd';
import { look } from '../support/look';
import { Citizen } from '../support/people';
import { beginTalk, inScene } from '../support/scene';

test('what does not come from the hall is said on the desk, and comes when asked for again', async () => {
  await inScene(async ({ chen }) => {
    const { page } = chen;
    await page.route('**/api/staff/records?*', (route) => route.abort());
    await chen.button('办件登记簿').click();
    await expect(page.getByText(/办件没有取到，登记过的都在。请再试一次。/)).toBeVisible();
    await look(page, 'staff-8-records-not-loaded');
    await page.unroute('**/api/staff/records?*');
    await chen.button('查找').click();
    await expect(page.getByText(/这一天没有找到办件。/)).toBeVisible();

    await page.route('**/api/staff/me', (route) => route.abort());
    await page.reload();
    await expect(page.getByRole('heading', { name: '连不上大厅的服务器' })).toBeVisible();
    await look(page, 'staff-1-unreachable');
    await page.unroute('**/api/staff/me');
    await chen.button('再试一次').click();
    await expect(page.getByText('现在没有人在等。')).toBeVisible();
  });
});

test('who works on demand sees who is away, who is to be telephoned, and calls by hand', async () => {
  await inScene(async ({ chen, house, phones }) => {
    await chen.button(/在线/).click();
    await chen.button(/^按需/).click();
    await expect(chen.page.getByRole('heading', { name: '按需接待：您点了才叫' })).toBeVisible();
    await joinLine(house);
    const liNainai = await Citizen.arrive(phones, house);
    await liNainai.takeNumber();
    await liNainai.button('不想等了，请给我回电话').click();
    await liNainai.page.getByLabel('手机').first().fill('13800138000');
    await liNainai.button('好，给我回电话').click();
    const line = chen.page.getByRole('region', { name: '等待', exact: true });
    await expect(line.getByText('暂时离开')).toBeVisible({ timeout: 30_000 });
    await expect(line.getByText('等回电')).toBeVisible();
    await look(chen.page, 'staff-2-on-demand');
    await chen.button('叫他：A2 号').click();
    await expect(chen.button('显示号码')).toBeVisible();
  }, { prepare: async (house) => house.amend({ 'timers.citizen_lease_ms': 5_000 }) });
});

test('a citizen whose page has gone is said to be away before the talk counts as lost', async () => {
  await inScene(async (scene) => {
    const liNainai = await beginTalk(scene);
    await liNainai.leave();
    await expect(scene.chen.page.getByText(/市民的页面暂时没有连着/)).toBeVisible({ timeout: 30_000 });
    await look(scene.chen.page, 'staff-6-away');
  }, { prepare: async (house) => house.amend({ 'timers.call_lease_ms': 60_000 }) });
});
