import { expect, type Page, test } from '@playwright/test';
import { House } from '../support/house';
import { look } from '../support/look';
import { Citizen, expectMedia } from '../support/people';
import { beginTalk, inHouse, inScene, overWire } from '../support/scene';
import { watchPlace } from '../support/still';
import { decoded } from '../support/watch';

test('E4: a refresh of either page leads back into the same call', async () => {
  await inScene(async (scene) => {
    const { chen } = scene;
    const liNainai = await beginTalk(scene);
    await liNainai.button('开摄像头').click();
    await expectMedia(chen.page, { sound: true, picture: true });
    await liNainai.page.reload();
    await expect(liNainai.page.getByRole('heading', { name: /正在和 .* 通话/ })).toBeVisible();
    await expectMedia(liNainai.page, { sound: true });
    const stopped = liNainai.page.getByText(/这个页面重新打开过，画面关了/);
    await expect(stopped).toBeVisible();
    await look(liNainai.page, 'citizen-6-reopened');
    await liNainai.button('开摄像头').click();
    await expect(stopped).toHaveCount(0);
    await expectMedia(chen.page, { sound: true, picture: true });
    await expectMedia(chen.page, { sound: true });
    await chen.page.getByRole('button', { name: '视频' }).click();
    await expectMedia(liNainai.page, { sound: true, picture: true });
    await chen.page.reload();
    await chen.expectTalking();
    const unseen = chen.page.getByText(/这个页面刷新过，视频停了/);
    await expect(unseen).toBeVisible();
    await look(chen.page, 'staff-6-reopened');
    await chen.page.getByRole('button', { name: '视频' }).click();
    await expect(unseen).toHaveCount(0);
    await expectMedia(chen.page, { sound: true });
    await expectMedia(liNainai.page, { sound: true });
    await expect(chen.page.getByText('A1').first()).toBeVisible();

    await chen.button(/^共享材料/).click();
    await expect(liNainai.page.getByText('给您看的页面').first()).toBeVisible();
    await chen.page.reload();
    const unshared = chen.page.getByText(/这个页面刷新过，共享停了，通话还在。/);
    await expect(unshared).toBeVisible();
    await expect(liNainai.page.getByText('给您看的页面')).toHaveCount(0);
    await look(chen.page, 'staff-6-reopened-share');
    await chen.page.locator('.bar').filter({ has: unshared }).getByRole('button', { name: '知道了' }).click();
    await expect(unshared).toHaveCount(0);
  });
});

test('a second tab takes the visit over, and the first is told once and waits to be asked', async () => {
  await inScene(async (scene) => {
    const liNainai = await beginTalk(scene);
    const second = await liNainai.secondTab();
    await expect(second.page.getByRole('heading', { name: /正在和 .* 通话/ })).toBeVisible();
    await expectMedia(second.page, { sound: true });
    await expect(liNainai.page.getByRole('heading', { name: '您的号在别的页面打开了' })).toBeVisible();
    await look(liNainai.page, 'citizen-9-replaced');
    await liNainai.button('在这里继续').click();
    await expect(liNainai.page.getByRole('heading', { name: /正在和 .* 通话/ })).toBeVisible();
    await expectMedia(liNainai.page, { sound: true });
    await expect(second.page.getByRole('heading', { name: '您的号在别的页面打开了' })).toBeVisible();
  });
});

test('a phone that is given another address in the middle of a talk goes on in the same connection', async () => {
  await overWire('phones', async (scene) => {
    const { wire } = scene;
    const liNainai = await beginTalk(scene);
    await expectMedia(liNainai.page, { sound: true });
    await expectMedia(scene.chen.page, { sound: true });
    const gaps: number[] = [];
    for (let turn = 0; turn < 3; turn++) {
      wire.rebind();
      const [before, begun] = [await decoded(liNainai.page), Date.now()];
      // The page is not told and goes on sending; the relay asks it at the new address and follows.
      await expect
        .poll(async () => {
          const now = await decoded(liNainai.page);
          return now.peer === before.peer && now.packets - before.packets;
        }, { timeout: 2_000, intervals: [50] })
        .toBeGreaterThan(5);
      gaps.push(Date.now() - begun);
      await expectMedia(scene.chen.page, { sound: true });
    }
    console.log(JSON.stringify({ name: 'sound_again_after_new_address', value: Math.max(...gaps), unit: 'ms', bar: 2_000 }));
  });
});

test('thirty seconds without a network, and the same call goes on', async () => {
  await overWire('phones', async (scene) => {
    const { chen, wire } = scene;
    const liNainai = await beginTalk(scene);
    await expectMedia(liNainai.page, { sound: true });
    await liNainai.button('打字').click();
    const whileItBreaks = await watchPlace(liNainai.button('发送'));
    wire.cut();
    const cutAt = Date.now();
    await expect(liNainai.page.getByText('网络不太好，正在重新接。号和资料都在，不用重来。').first()).toBeVisible({ timeout: 25_000 });
    expect(await whileItBreaks(), 'no word about the network moves what she is about to tap').toHaveLength(1);
    await look(liNainai.page, 'citizen-6-reconnecting');
    const whileItMends = await watchPlace(liNainai.button('发送'));
    await expect(chen.page.getByText(/市民断线了/).first()).toBeVisible({ timeout: 30_000 });
    await look(chen.page, 'staff-6-dropped');
    await expect.poll(() => Date.now() - cutAt, { timeout: 40_000 }).toBeGreaterThan(30_000);
    wire.mend();
    await expect(liNainai.page.getByRole('heading', { name: /正在和 .* 通话/ })).toBeVisible({ timeout: 15_000 });
    await expectMedia(liNainai.page, { sound: true });
    await expectMedia(chen.page, { sound: true });
    await chen.expectTalking();
    expect(await whileItMends()).toHaveLength(1);
  });
});

test('E3: a window that loses its network: the phone says so within five seconds and waits, and both go on', async () => {
  await overWire('desk', async (scene) => {
    const { chen, wire } = scene;
    const liNainai = await beginTalk(scene);
    await expectMedia(liNainai.page, { sound: true });
    await liNainai.button('打字').click();
    wire.cut();
    await expect(liNainai.page.getByText('暂时听不到陈老师，正在重新接。号和资料都在，不用重来。').first()).toBeVisible({ timeout: 5_000 });
    await look(liNainai.page, 'citizen-6-voice-lost');
    await expect(chen.page.getByText('网络断了，正在重新接。').first()).toBeVisible({ timeout: 30_000 });
    await look(chen.page, 'staff-6-network');
    // She reads further down, on a lower screen.
    await liNainai.page.setViewportSize({ width: 390, height: 520 });
    await liNainai.button('发送').scrollIntoViewIfNeeded();
    const whileItBreaks = await watchPlace(liNainai.button('发送'));
    await expect(liNainai.page.getByText('暂时听不到陈老师')).toHaveCount(0, { timeout: 60_000 });
    await expect(liNainai.page.getByText('网络不太好，正在重新接。号和资料都在，不用重来。').first()).toBeVisible();
    expect(await whileItBreaks()).toHaveLength(1);
    await liNainai.page.setViewportSize({ width: 390, height: 844 });
    await look(liNainai.page, 'citizen-6-dropped');
    wire.mend();
    await expectMedia(liNainai.page, { sound: true });
    await expectMedia(chen.page, { sound: true });
    await chen.expectTalking();
  });
});

test('where the relay is gone and the hall is not, writing and the telephone are offered, and the voice comes back by itself', async () => {
  await overWire('phones', async (scene) => {
    const { chen, wire } = scene;
    const liNainai = await beginTalk(scene);
    await expectMedia(liNainai.page, { sound: true });
    await expectMedia(chen.page, { sound: true });
    await liNainai.button('开摄像头').click();
    await expectMedia(chen.page, { picture: true });
    wire.cutMedia();
    await expect(liNainai.page.getByText('一直接不上，摄像头先关了，只接声音。').first()).toBeVisible({ timeout: 60_000 });
    await expect(liNainai.page.getByText('声音还没有接上')).toHaveCount(0);
    await look(liNainai.page, 'citizen-6-camera-gave-way');
    await expect(liNainai.page.getByText('声音还没有接上').first()).toBeVisible({ timeout: 90_000 });
    await look(liNainai.page, 'citizen-6-no-sound');
    await expect(chen.page.getByText('暂时听不到市民，正在重新接。').first()).toBeVisible();
    await look(chen.page, 'staff-6-no-sound');
    // The socket stands: what is written arrives.
    await chen.page.getByLabel('打字给市民').fill('声音断了，我在这里。');
    await chen.page.keyboard.press('Enter');
    await expect(liNainai.page.getByText('声音断了，我在这里。').first()).toBeVisible();
    await expect(liNainai.page.getByText('网络不太好')).toHaveCount(0);

    wire.mend();
    await expect(liNainai.page.getByText('声音还没有接上')).toHaveCount(0, { timeout: 40_000 });
    await expectMedia(liNainai.page, { sound: true });
    await expectMedia(chen.page, { sound: true });
    await liNainai.button('开摄像头').click();
    await expectMedia(chen.page, { picture: true });
    await expect(liNainai.page.getByText('摄像头先关了')).toHaveCount(0);
  });
});

test('a cookie that was copied stops both pages, and whoever had the number reads how to get another', async () => {
  const house = await House.setUp();
  await inHouse(house, async ({ phones }) => {
    const liNainai = await Citizen.arrive(phones, house);
    const number = await liNainai.takeNumber();
    const copied = await liNainai.context.cookies();
    const stranger = await Citizen.blank(phones, house);
    await stranger.context.addCookies(copied);
    // Each answer brings another cookie; so the one of before is used up.
    for (let i = 0; i < 3; i += 1) {
      await stranger.page.goto(`${house.origin}/h/${house.hall}`);
      expect(await stranger.number()).toBe(number);
    }
    await liNainai.button('在这里继续').click();
    await expect(liNainai.page.getByText('为了安全，这个页面停用了').first()).toBeVisible();
    await look(liNainai.page, 'citizen-9-copied');
    await liNainai.button('重新取号').click();
    await expect(liNainai.page.getByText('为了安全，这个页面停用了').first()).toBeVisible();
    await look(liNainai.page, 'citizen-1-copied');
    expect(await liNainai.takeNumber()).not.toBe(number);
  });
});

test('a cookie that was copied frees the window that waits for an answer, and the window reads why', async () => {
  await inScene(async ({ house, phones, chen }) => {
    const liNainai = await Citizen.arrive(phones, house, { noCall: true });
    await liNainai.takeNumber();
    await liNainai.sayHere();
    await chen.acceptRing();
    await expect(liNainai.button('接听')).toBeVisible();
    const stranger = await Citizen.blank(phones, house, { noCall: true });
    await stranger.context.addCookies(await liNainai.context.cookies());
    for (let i = 0; i < 3; i += 1) {
      await stranger.page.goto(`${house.origin}/h/${house.hall}`);
      await expect(stranger.button('接听')).toBeVisible();
    }
    await liNainai.button('在这里继续').click();
    await expect(liNainai.page.getByText('为了安全，这个页面停用了').first()).toBeVisible();
    await expect(chen.page.getByText('A1 号为了安全停用了，市民要重新取号。').first()).toBeVisible();
    await look(chen.page, 'staff-3-stopped-for-safety');
  }, { prepare: async (house) => house.amend({ 'timers.here_counts_as_accept_ms': 0 }) });
});

test('a page older than the hall can speak with is told to be opened again, and finds its number', async () => {
  const house = await House.setUp();
  await inHouse(house, async ({ phones }) => {
    let old = true;
    const grownOld = (page: Page) =>
      page.routeWebSocket(/\/ws$/, (socket) => {
        const server = socket.connectToServer();
        socket.onMessage((text) => server.send(old ? String(text).replace(/"version":\d+/, '"version":0') : text));
      });
    const liNainai = await Citizen.arrive(phones, house, {}, house.origin, { prepare: grownOld });
    await liNainai.button('找工作人员帮忙').click();
    await liNainai.button('我说不清，直接找人').click();
    await expect(liNainai.page.getByRole('heading', { name: '这一页停下来了' })).toBeVisible();
    await expect(liNainai.page.getByText('页面有新版本了。请重新打开一次，号和资料都在。').first()).toBeVisible();
    await look(liNainai.page, 'citizen-9-outdated');
    old = false;
    await liNainai.button('再试一次').click();
    expect(await liNainai.number()).toBe('A1');
  });
});

test('until the sound has come the phone says that it is coming', async () => {
  await inScene(async (scene) => {
    // Nothing answers there.
    const liNainai = await beginTalk(scene, { throughPort: 9 });
    await expect(liNainai.page.getByText('正在接通声音，请稍等。').first()).toBeVisible();
    await look(liNainai.page, 'citizen-6-joining');
  });
});
