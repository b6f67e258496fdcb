// What a link that is there and no good does to a talk: it is said, and pictures give way to the voice.
import { expect, test } from '@playwright/test';
import { look } from '../support/look';
import { expectMedia, expectRunning, PC } from '../support/people';
import { beginTalk, overWire, type Wishes } from '../support/scene';

/** Attempts that come to nothing are as short as a hall may have them, and what is shown stays long enough to be looked at. */
const shortAttempts: Wishes = {
  prepare: async (house) => house.amend({ 'timers.media_setup_ms': 5_000, 'timers.media_text_ms': 120_000 }),
};

/** There and back it is longer than anybody can talk over (ITU-T G.114). */
const LATE_MS = 500;

test('a phone whose signal goes a long way round says that the network is poor, and stops saying so once it is better', async () => {
  await overWire('phones', async (scene) => {
    const { wire } = scene;
    const liNainai = await beginTalk(scene);
    await expectMedia(liNainai.page, { sound: true });
    const poor = liNainai.page.getByText('网络不太好，声音可能断断续续。').first();
    await expect(poor).toHaveCount(0);
    wire.delay(LATE_MS);
    await expect(poor).toBeVisible({ timeout: 40_000 });
    await look(liNainai.page, 'citizen-6-poor');
    await expectMedia(liNainai.page, { sound: true });
    wire.delay(0);
    await expect(poor).toHaveCount(0, { timeout: 40_000 });
  });
});

test('where no connection of the window comes about, its camera and what it shares give way to the voice, and it reads so', async () => {
  await overWire('desk', async (scene) => {
    const { chen, wire } = scene;
    const liNainai = await beginTalk(scene);
    await chen.showPicture();
    await chen.button(/^共享材料/).click();
    await expectMedia(liNainai.page, { sound: true, picture: true });
    wire.cutMedia();
    await expect(chen.page.getByText('一直接不上，视频先关了，只接声音。')).toBeVisible({ timeout: 60_000 });
    await expect(chen.page.getByText('一直接不上，共享先停了，只接声音。')).toBeVisible();
    await look(chen.page, 'staff-6-gave-way');

    wire.mend();
    await expectMedia(liNainai.page, { sound: true });
    await expectMedia(chen.page, { sound: true });
    await chen.button(/^视频/).click();
    await expectMedia(liNainai.page, { picture: true });
    await expect(chen.page.getByText('视频先关了')).toHaveCount(0);
  }, shortAttempts);
});

test('a screen that a citizen shows gives way too, and it is said how to show it again', async () => {
  await overWire('phones', async (scene) => {
    const { chen, wire } = scene;
    const liNainai = await beginTalk(scene, {}, { device: PC });
    const screen = chen.page.getByLabel('市民的屏幕').locator('visible=true').first();
    await liNainai.button('给他看我的屏幕').click();
    await expectRunning(screen);
    wire.cutMedia();
    const gaveWay = liNainai.page.getByText('一直接不上，屏幕先不给陈老师看了，只接声音。').first();
    await expect(gaveWay).toBeVisible({ timeout: 60_000 });
    await look(liNainai.page, 'citizen-pc-6-share-gave-way');

    wire.mend();
    await expectMedia(liNainai.page, { sound: true });
    await liNainai.button('给他看我的屏幕').click();
    await expectRunning(screen);
    await expect(gaveWay).toHaveCount(0);
  }, shortAttempts);
});
