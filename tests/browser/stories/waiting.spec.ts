import { expect, test } from '@playwright/test';
import { joinLine } from '../support/crowd';
import { look } from '../support/look';
import { Citizen } from '../support/people';
import { beginTalk, inScene } from '../support/scene';

test('while the only window talks with somebody, each step of those who wait is answered on their screens', async () => {
  const rules = { 'timers.long_wait_ms': 20_000, max_chat_lines: 1 };
  await inScene(async (scene) => {
    const { house, phones } = scene;
    await beginTalk(scene, { noCall: true });
    await joinLine(house);
    const liNainai = await Citizen.arrive(phones, house, { microphone: 'NotAllowedError' });
    const { page } = liNainai;
    await liNainai.button('找工作人员帮忙').click();
    await page.getByLabel('说一说或搜一搜').fill('社保');
    await expect(page.getByRole('button', { name: /社保/ }).first()).toBeVisible();
    await look(page, 'citizen-2-found');
    await page.getByLabel('说一说或搜一搜').fill('唱戏');
    await expect(page.getByText('没有找到。不要紧，')).toBeVisible();
    await look(page, 'citizen-2-nothing-found');
    await page.getByRole('button', { name: '看看《服务须知》' }).click();
    await look(page, 'citizen-2-notice');
    await liNainai.button('我说不清，直接找人').click();

    await liNainai.sayHere();
    await expect(page.getByText('好的，知道您在。').first()).toBeVisible();
    await expect(page.getByText('手机没让我们用麦克风').first()).toBeVisible();
    await look(page, 'citizen-4-microphone-refused');
    await liNainai.button('试听铃声').click();
    await look(page, 'citizen-4-ring-tried', page.getByText('听到了就好。').last());
    await liNainai.openContact();
    await page.getByLabel('称呼').fill('李奶奶');
    await page.getByLabel('手机').fill('13800138000');
    await liNainai.button('保存').click();
    await look(page, 'citizen-4-contact-saved', page.getByText('称呼：李奶奶'));
    await liNainai.openChat();
    for (const line of ['医保断了两年，能补吗?', '要带什么?']) {
      await page.getByLabel('您要说的话').fill(line);
      await liNainai.button('发送').click();
    }
    await look(page, 'citizen-4-line-refused', page.getByText('没发出去'));

    await page.evaluate(() => window.scrollTo(0, 0));
    await expect(page.getByText('让您久等了。')).toBeVisible();
    await look(page, 'citizen-4-long-wait');
  }, { prepare: async (house) => house.amend(rules) });
});

test('whoever stands behind somebody whose call broke reads why the line has grown', async () => {
  const short = { 'timers.call_lease_ms': 6_000, 'timers.drop_grace_ms': 1_000 };
  await inScene(async (scene) => {
    const { house, phones } = scene;
    const wuDashu = await beginTalk(scene, { noCall: true });
    const liNainai = await Citizen.arrive(phones, house);
    await liNainai.takeNumber();
    await expect(liNainai.page.getByText('下一位就是您。')).toBeVisible();
    await wuDashu.leave();
    await expect(liNainai.page.getByText('前面有一位通话断了，先接着办完，请您多等一下。')).toBeVisible({ timeout: 30_000 });
    await expect(liNainai.page.getByText('前面还有 1 位，').first()).toBeVisible();
    await look(liNainai.page, 'citizen-4-after-drop');
  }, { prepare: async (house) => house.amend(short) });
});

test('a phone that asks whether the microphone may be used says which word to tap', async () => {
  await inScene(async ({ house, phones }) => {
    const liNainai = await Citizen.arrive(phones, house, { microphone: 'unanswered' });
    await liNainai.takeNumber();
    await liNainai.sayHere();
    await expect(liNainai.page.getByText('手机正在问能不能用麦克风，请点「允许」。').first()).toBeVisible();
    await look(liNainai.page, 'citizen-4-asked-for-microphone');
  });
});
