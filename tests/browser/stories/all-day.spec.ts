import { expect, test } from '@playwright/test';
import { look } from '../support/look';
import { Citizen, expectMedia, openBrowser } from '../support/people';
import { beginTalk, inScene } from '../support/scene';
import { played, voiceHeldBack } from '../support/watch';

test('where nobody waits the desk is ready and says so, and so are an empty register and a break', async () => {
  await inScene(async ({ chen }) => {
    const { page } = chen;
    await expect(page.getByText('现在没有人在等。')).toBeVisible();
    await expect(page.getByText('接好了')).toBeVisible();
    await look(page, 'staff-2-ready');

    await chen.button('办件登记簿').click();
    await expect(page.getByText(/这一天没有找到办件。/)).toBeVisible();
    await look(page, 'staff-8-records-empty');
    await page.getByLabel('找编号、备注里的字').fill('没有的事');
    await chen.button('查找').click();
    await expect(page.getByText(/这一天没有找到办件。/)).toBeVisible();
    await look(page, 'staff-8-records-not-found');

    await page.keyboard.press('F9');
    await chen.button(/^其他/).click();
    await chen.button('开始小休').click();
    await expect(page.getByText('选「其他」要写几个字，最多 100 字。')).toBeVisible();
    await look(page, 'staff-2-break-other-missing');
    await page.getByLabel('写几个字说明原因').fill('去隔壁送材料');
    await page.keyboard.press('Enter');
    await chen.button('接待').click();
    await expect(page.getByRole('heading', { name: '小休中' })).toBeVisible();
    await look(page, 'staff-2-on-break');
    await page.keyboard.press('F9');
    await expect(page.getByRole('heading', { name: '准备好了，等叫号' })).toBeVisible();

    // Nothing was tapped on the page that is loaded again.
    await page.reload();
    await expect(page.getByText('叫号的铃声还没打开。')).toBeVisible();
    await look(page, 'staff-2-ring-locked');
    await chen.button('打开铃声').click();
    await expect(page.getByText('叫号的铃声还没打开。')).toHaveCount(0);
  });
});

test('whoever leaves while being rung, or is lost in the talk, is told of, and the desk goes on', async () => {
  const short = { 'timers.ring_ms': 60_000, 'timers.call_lease_ms': 6_000, 'timers.drop_grace_ms': 10_000 };
  await inScene(async (scene) => {
    const { chen, house, phones } = scene;
    const wuDashu = await Citizen.arrive(phones, house);
    await wuDashu.takeNumber();
    await wuDashu.sayHere();
    await expect(chen.page.getByText('请接听').first()).toBeVisible();
    await wuDashu.button('不排了').click();
    await wuDashu.answer('不排了，号不要了');
    await expect(chen.page.getByText('A1 号的市民自己离开了。')).toBeVisible();
    await look(chen.page, 'staff-3-left');
    await chen.button('知道了').click();
    await expect(chen.page.getByText('A1 号的市民自己离开了。')).toHaveCount(0);

    const liNainai = await beginTalk(scene);
    await liNainai.leave();
    await expect(chen.page.getByText(/市民断线了/).first()).toBeVisible({ timeout: 30_000 });
    await expect(chen.page.getByText(/A2 号断线后没有回来，排到最前面了。/)).toBeVisible({ timeout: 30_000 });
    await look(chen.page, 'staff-7-lost');
  }, { prepare: async (house) => house.amend(short) });
});

test('writing up may take longer than its time, and nothing is finished without a record', async () => {
  await inScene(async (scene) => {
    const { chen } = scene;
    const liNainai = await beginTalk(scene);
    await liNainai.hangUp();
    await expect(chen.page.getByText(/已经超过 .*，慢慢写，不会打断您。/)).toBeVisible();
    await look(chen.page, 'staff-7-overdue');
    await chen.button('延长时间').click();
    await look(chen.page, 'staff-7-extend-reasons');
    await chen.button('整理、核对材料').click();
    await expect(chen.page.getByText('时间已经延长过一次。')).toBeVisible();
    await expect(chen.button('延长时间')).toHaveCount(0);
    await expect(chen.page.getByText(/已经超过/)).toHaveCount(0);
    await look(chen.page, 'staff-7-extended');
    await chen.button(/^完成/).click();
    await expect(chen.page.getByText(/这一位的办件还没有登记。/).first()).toBeVisible();
    await look(chen.page, 'staff-7-record-missing');
    await chen.page.keyboard.press('Control+Enter');
    for (const gap of ['请选事项。', '请选帮办方式。', '请选结果。']) await expect(chen.page.getByText(gap)).toBeInViewport({ ratio: 1 });
    await expect(chen.page.getByRole('combobox')).toBeFocused();
    await expect(chen.page.getByRole('listbox'), 'nothing lies over what is missing').toBeHidden();
    await look(chen.page, 'staff-7-gaps');
    await chen.saveRecord('居民养老', '慢慢写好了');
    await expect(chen.page.getByText('请选结果。')).toHaveCount(0);
    await chen.button(/^完成/).click();
    await expect(chen.page.getByRole('heading', { name: '准备好了，等叫号' })).toBeVisible();
  }, { prepare: async (house) => house.amend({ 'timers.wrap_up_ms': 500 }) });
});

test('a new version of the page asks to be loaded, and what was written is still there', async () => {
  await inScene(async (scene) => {
    const { chen, house } = scene;
    await beginTalk(scene);
    await chen.page.getByLabel(/过程备注/).fill('写到一半');
    // The page of yesterday: it speaks a version that the hall of today no longer does.
    await chen.page.evaluate(() => {
      const send = WebSocket.prototype.send;
      WebSocket.prototype.send = function (words) {
        send.call(this, typeof words === 'string' ? words.replace(/"version":\d+/, '"version":0') : words);
      };
    });
    await house.kill();
    await house.open();
    await expect(chen.page.getByText('页面有新版本了。请刷新一次，没保存的办件不会丢。').first()).toBeVisible();
    await look(chen.page, 'staff-9-outdated');
    await chen.button('刷新页面').click();
    await chen.expectTalking();
    await expect(chen.page.getByLabel(/过程备注/)).toHaveValue('写到一半');
  });
});

test('a browser that lets nothing sound without a tap is opened by one', async () => {
  const strict = await openBrowser({ sound: 'after-a-tap' });
  try {
    await inScene(async (scene) => {
      await beginTalk(scene);
      // A page that may use the microphone may also sound; where that was refused, only a tap of this very page opens it.
      let heldBack = Promise.resolve();
      const chen = await scene.chen.secondTab({ microphone: 'NotAllowedError' }, async (page) => {
        heldBack = voiceHeldBack(page);
      });
      await heldBack;
      const open = chen.button('点一下，打开声音');
      await expect(open).toBeVisible();
      expect(await played(chen.page)).toBe(0);
      await look(chen.page, 'staff-4-sound');
      await open.click();
      await expect(open).toHaveCount(0);
      await expectMedia(chen.page, { sound: true });
    }, { desks: strict });
  } finally {
    await strict.close();
  }
});
