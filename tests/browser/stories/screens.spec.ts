import { expect, test } from '@playwright/test';
import { joinLine } from '../support/crowd';
import { House } from '../support/house';
import { look, lookClosely, lookThrough } from '../support/look';
import { Citizen, expectMedia } from '../support/people';
import { beginTalk, inHouse, inScene } from '../support/scene';
import { refuse } from '../support/watch';

const CAMERAS = [
  ['NotFoundError', '没有找到摄像头。', 'missing'],
  ['NotReadableError', '摄像头正被别的程序用着。', 'busy'],
] as const;

test('in a line: the place, then near, and the window sees who waits', async () => {
  await inScene(async ({ house, phones, chen }) => {
    await chen.page.keyboard.press('F9');
    await expect(chen.button('用餐')).toBeVisible();
    await look(chen.page, 'staff-2-break-reasons');
    await chen.button(/^其他/).click();
    await look(chen.page, 'staff-2-break-other');
    await chen.page.keyboard.press('Escape');
    await chen.page.keyboard.press('F9');
    await chen.button('用餐').click();
    await expect(chen.page.getByText('小休 · 用餐').first()).toBeVisible();
    for (let i = 0; i < 4; i += 1) await joinLine(house);
    const wuDashu = await Citizen.arrive(phones, house);
    await wuDashu.takeNumber();
    const liNainai = await Citizen.arrive(phones, house);
    await liNainai.button('找工作人员帮忙').click();
    await liNainai.page.getByRole('button', { name: /居民养老保险/ }).first().click();
    expect(await liNainai.number()).toBe('A6');
    await expect(liNainai.page.getByText('前面还有 5 位，').first()).toBeVisible();
    await expect(liNainai.page.getByText('等的时候，可以先备好：').first()).toBeVisible();
    await look(liNainai.page, 'citizen-4-line');
    await liNainai.button('需要优先照顾').click();
    await look(liNainai.page, 'citizen-4-priority-question');
    await liNainai.button('是，需要优先照顾').click();
    await expect(liNainai.page.getByText('记下了。接通以后，请出示证件。').first()).toBeVisible();
    await look(liNainai.page, 'citizen-4-priority');
    await expect(wuDashu.page.getByText('前面来了要优先照顾或有预约的人，请您多等一下。')).toBeVisible();
    await look(wuDashu.page, 'citizen-4-behind-priority');
    for (let i = 0; i < 8; i += 1) await joinLine(house);
    const zhaoAyi = await Citizen.arrive(phones, house);
    await zhaoAyi.takeNumber();
    await expect(zhaoAyi.page.getByText(/前面大约还有 \d+ 位，/).first()).toBeVisible();
    await look(zhaoAyi.page, 'citizen-4-long-line');
    await expect(chen.page.getByText('优先', { exact: true })).toBeVisible();
    await look(chen.page, 'staff-2-waiting-list');

    await liNainai.page.reload();
    await expect(liNainai.page.getByText(/欢迎回来，您的号还在/).first()).toBeVisible();
    await look(liNainai.page, 'citizen-4-welcome-back');

    await liNainai.context.clearCookies();
    await house.kill();
    await expect(liNainai.page.getByText('网络不太好，正在重新接。号和资料都在，不用重来。').first()).toBeVisible();
    await look(liNainai.page, 'citizen-4-network');
    await look(chen.page, 'staff-2-network');
    await house.open();
    await expect(liNainai.page.getByRole('heading', { name: '这一页停下来了' })).toBeVisible({ timeout: 40_000 });
    await look(liNainai.page, 'citizen-9-ended');
  });
});

test('a hall that is full says so before a number is given, and whoever has one keeps it', async () => {
  const house = await House.setUp();
  house.amend({ max_live_visits: 2 });
  await inHouse(house, async ({ phones }) => {
    await joinLine(house);
    const second = await joinLine(house);
    const liNainai = await Citizen.arrive(phones, house);
    await expect(liNainai.page.getByText('现在没有窗口在线，可能要多等一会儿。')).toBeVisible();
    await look(liNainai.page, 'citizen-1-no-window');
    await liNainai.button('找工作人员帮忙').click();
    await liNainai.button('我说不清，直接找人').click();
    await expect(liNainai.page.getByText('现在排队的人满了，暂时取不了号。请过几分钟再点一次，也可以打大厅电话。')).toBeInViewport();
    await look(liNainai.page, 'citizen-2-full');
    // Large letters push it below the fold, and the button stays where it is: whoever taps sees why nothing comes of it.
    await lookThrough(liNainai.page, '-200');
    await liNainai.page.evaluate(() => window.scrollTo(0, 0));
    await liNainai.button('我说不清，直接找人').click();
    await expect(liNainai.page.getByText(/现在排队的人满了/)).toBeInViewport({ ratio: 1 });
    await lookThrough(liNainai.page, '');
    await liNainai.page.route(/\/visits$/, (route) => route.abort('connectionreset'));
    await liNainai.button('我说不清，直接找人').click();
    await expect(liNainai.page.getByText('网络没有接上。请看看网络，再点一次，填的内容都在。').first()).toBeInViewport();
    await look(liNainai.page, 'citizen-2-no-network');
    expect(await second.resume()).toBe('A2');
  });
});

test('the phone shows who calls; a minute asked for is given, and a turn not taken is kept', async () => {
  const asked = { 'timers.here_counts_as_accept_ms': 0 };
  await inScene(async (scene) => {
    const { house, phones, chen } = scene;
    const liNainai = await Citizen.arrive(phones, house);
    await liNainai.takeNumber();
    await liNainai.sayHere();
    await chen.acceptRing();
    await expect(liNainai.page.getByRole('heading', { name: '轮到您了!' })).toBeVisible();
    await lookClosely(liNainai.page, 'citizen-5-connect');
    await look(chen.page, 'staff-3-connecting');
    await liNainai.button('等 1 分钟').click();
    await expect(liNainai.page.getByRole('heading', { name: '好的，过 1 分钟再叫您。' })).toBeVisible();
    await look(liNainai.page, 'citizen-7-later');
    await expect(chen.page.getByText(/A1 号要等一下/)).toBeVisible();
    await look(chen.page, 'staff-2-later');
    await liNainai.page.reload();
    await expect(liNainai.page.getByText('时间一到，自动回到原来的位置，窗口一空就叫您。')).toBeVisible();
    await liNainai.button('我在，继续').click();
    await chen.acceptRing();
    await expect(liNainai.button('接听')).toBeVisible();
    await liNainai.expectTalking();
    await chen.expectTalking();
    for (const { page } of [liNainai, chen]) await expectMedia(page, { sound: true });
    await liNainai.button('开摄像头').click();
    await chen.showPicture();
    for (const { page } of [liNainai, chen]) await expectMedia(page, { sound: true, picture: true });
    await chen.button(/请市民去准备/).click();
    await look(chen.page, 'staff-4-park');
    await chen.button('好，请他去准备').click();
    await expect(liNainai.page.getByRole('heading', { name: '您先去准备，号留着。' })).toBeVisible();
    await look(liNainai.page, 'citizen-7-parked');
    await expect(chen.page.getByText(/A1 号去准备了，\d{1,2}:\d\d 前回来，号留着。/)).toBeVisible();
    await look(chen.page, 'staff-2-preparing');
  }, { prepare: async (house) => house.amend(asked) });
});

test('a turn that passed is kept, and says how to come back', async () => {
  const short = { 'timers.here_counts_as_accept_ms': 0, 'timers.citizen_accept_ms': 1_000 };
  await inScene(async ({ house, phones, chen }) => {
    const liNainai = await Citizen.arrive(phones, house);
    await liNainai.takeNumber();
    await liNainai.sayHere();
    await chen.acceptRing();
    await expect(liNainai.page.getByRole('heading', { name: '刚才轮到您，没有接通。' })).toBeVisible();
    await look(liNainai.page, 'citizen-7-missed');
    await chen.page.keyboard.press('F9');
    await chen.button('用餐').click();
    for (let i = 0; i < 2; i += 1) await joinLine(house);
    await liNainai.button('我在，继续').click();
    await expect(liNainai.page.getByText('刚才没有接通，号往后排了。')).toBeVisible();
    await look(liNainai.page, 'citizen-4-after-missed');
  }, { prepare: async (house) => house.amend(short) });
});

test('a turn that passed long ago leads to the end of the line, and the number is kept', async () => {
  const short = {
    'timers.here_counts_as_accept_ms': 0,
    'timers.citizen_accept_ms': 1_000,
    'timers.missed_return_ms': 2_000,
  };
  await inScene(async ({ house, phones, chen }) => {
    const liNainai = await Citizen.arrive(phones, house);
    await liNainai.takeNumber();
    await liNainai.sayHere();
    await chen.acceptRing();
    await expect(liNainai.page.getByText(/再晚，号也还在，排到最后面。/)).toBeVisible();
    await chen.page.keyboard.press('F9');
    await chen.button('用餐').click();
    for (let i = 0; i < 4; i += 1) await joinLine(house);
    await expect(liNainai.page.getByText('前面的位置留了 2 秒，已经让给后面的人了。号还在，回来排在最后面。')).toBeVisible();
    await look(liNainai.page, 'citizen-7-missed-end');
    await liNainai.button('我在，继续').click();
    await expect(liNainai.page.getByText('前面还有 4 位').first()).toBeVisible();
  }, { prepare: async (house) => house.amend(short) });
});

test('held, dropped and written: the call says what is going on', async () => {
  await inScene(async (scene) => {
    const liNainai = await beginTalk(scene, { camera: 'NotAllowedError' });
    await liNainai.button('开摄像头').click();
    await expect(liNainai.page.getByText(/手机没让我们用摄像头/).first()).toBeVisible();
    await look(liNainai.page, 'citizen-6-camera-refused');
    for (const [refusal, sentence, name] of CAMERAS) {
      await refuse(liNainai.page, { camera: refusal });
      await liNainai.button('开摄像头').click();
      await expect(liNainai.page.getByText(sentence).first()).toBeVisible();
      await look(liNainai.page, `citizen-6-camera-${name}`);
    }
    await scene.chen.button(/^保持/).click();
    await expect(liNainai.page.getByText(/请稍等，陈老师正在帮您问一问/).first()).toBeVisible();
    await look(liNainai.page, 'citizen-6-held');
    await look(scene.chen.page, 'staff-4-held');
  });
});

test('where no call is possible, writing and the telephone are', async () => {
  await inScene(async (scene) => {
    const liNainai = await Citizen.arrive(scene.phones, scene.house, { noCall: true });
    await look(liNainai.page, 'citizen-1-no-call');
    await liNainai.takeNumber();
    await look(liNainai.page, 'citizen-4-no-call');
    await liNainai.sayHere();
    await scene.chen.acceptRing();
    await liNainai.expectTalking();
    await expect(liNainai.page.getByText('在这里不能通话').first()).toBeVisible();
    await look(liNainai.page, 'citizen-6-no-call');
    await liNainai.button('改用打字').click();
    await expect(liNainai.page.getByRole('heading', { name: /正在和 .* 打字/ })).toBeVisible();
    await look(liNainai.page, 'citizen-6-text');
    await look(scene.chen.page, 'staff-4-text');
    await liNainai.button('让工作人员打电话给我').click();
    await expect(liNainai.page.getByText('请填一个电话号码，陈老师好给您打。').first()).toBeVisible();
    await look(liNainai.page, 'citizen-6-telephone-no-number');
    await expect(scene.chen.page.getByText('电话接待。').first()).toBeVisible();
    await look(scene.chen.page, 'staff-4-telephone-asked');
    await liNainai.page.getByLabel('手机').fill('13800138000');
    await liNainai.button('保存').click();
    await expect(liNainai.page.getByText('现在用电话说，陈老师打 13800138000。').first()).toBeVisible();
    await scene.chen.button(/^打电话/).click();
    await scene.chen.button('显示号码').click();
    await expect(scene.chen.page.getByText('13800138000').first()).toBeVisible();
  });
});
