import { expect, test } from '@playwright/test';
import { drag } from '../support/fingers';
import { look, lookThrough } from '../support/look';
import { expectMedia, expectRunning, PC } from '../support/people';
import { beginTalk, inScene } from '../support/scene';

test('a citizen at a PC shows a screen and stops, and the next one is met with an empty stage', async () => {
  await inScene(async (scene) => {
    const liNainai = await beginTalk(scene, {}, { device: PC });
    const screen = scene.chen.page.getByLabel('市民的屏幕').locator('visible=true').first();
    await liNainai.button('给他看我的屏幕').click();
    await expect(liNainai.page.getByText('陈老师正在看您的屏幕。密码和验证码先别打开。').first()).toBeVisible();
    await expectRunning(screen);
    await expectMedia(liNainai.page, { sound: true });
    await look(liNainai.page, 'citizen-6-own-screen');
    await look(scene.chen.page, 'staff-5-citizen-screen');

    await liNainai.button('不给他看屏幕了').click();
    await expect(liNainai.page.getByText('陈老师正在看您的屏幕。')).toHaveCount(0);
    await expect(screen).toHaveCount(0);
    await liNainai.button('给他看我的屏幕').click();
    await expectRunning(screen);

    // The window's connection stays for the next citizen; what the first one showed does not.
    await liNainai.hangUp();
    await scene.chen.saveRecord('居民养老', '看过市民的屏幕');
    await scene.chen.button(/^完成/).click();
    const wuDashu = await beginTalk(scene);
    await expectMedia(scene.chen.page, { sound: true });
    await expect(screen).toHaveCount(0);
    await wuDashu.button('开摄像头').click();
    await expectRunning(scene.chen.page.getByLabel('市民的摄像头'));
    await expect(screen).toHaveCount(0);
  });
});

test('whatever a picture pushes below the fold is one tap away, in large letters too', async () => {
  await inScene(async (scene) => {
    const liNainai = await beginTalk(scene);
    const { page } = liNainai;
    const pushed = [page.getByText('拍照给他看').first(), page.getByText('发截图').first(), liNainai.button('打字')];
    await expect(liNainai.button('更多'), 'nothing is pushed away').toHaveCount(0);
    await scene.chen.button(/^共享材料/).click();
    await expectRunning(page.getByRole('region', { name: '陈老师给您看的页面' }).locator('video'));
    await liNainai.button('开摄像头').click();
    await expect(page.getByRole('figure')).toBeVisible();
    await lookThrough(page, '-elder');
    await liNainai.button('更多').click();
    const foot = await liNainai.button('关摄像头').boundingBox();
    for (const tool of pushed) {
      const box = await tool.boundingBox();
      expect(box && foot && box.y >= 0 && box.y + box.height <= foot.y, 'between the top and the foot').toBe(true);
    }
    await look(page, 'citizen-6-more');

    // What the window writes now lies below the fold: the bar says so, and one tap leads there.
    await page.evaluate(() => window.scrollTo(0, 0));
    await scene.chen.page.getByLabel('打字给市民').fill('请看屏幕上的表');
    await scene.chen.page.keyboard.press('Enter');
    await look(page, 'citizen-6-unseen');
    await liNainai.button('陈老师写了字，点这里看').click();
    await expect(page.getByText('请看屏幕上的表').first()).toBeInViewport();
    await expect(liNainai.button('陈老师写了字，点这里看')).toHaveCount(0);
  });
});

test('two fingers make the page that is shown larger, one moves it, and the page around it stays', async () => {
  await inScene(async (scene) => {
    const liNainai = await beginTalk(scene);
    const { page } = liNainai;
    await scene.chen.button(/^共享材料/).click();
    const stage = page.getByRole('region', { name: '陈老师给您看的页面' });
    const picture = stage.locator('video');
    await expectRunning(picture);
    const scale = () => picture.evaluate((video) => new DOMMatrix(getComputedStyle(video).transform).a);
    const left = () => picture.evaluate((video) => new DOMMatrix(getComputedStyle(video).transform).e);
    const box = await picture.boundingBox();
    if (!box) throw new Error('no picture');
    const at = (across: number) => ({ x: box.x + box.width * across, y: box.y + box.height / 2 });

    await expect(liNainai.button(/缩小/)).toBeDisabled();
    await drag(page, [at(0.4), at(0.6)], [at(0.2), at(0.8)]);
    expect(await scale()).toBeGreaterThan(2);
    const before = await left();
    await drag(page, [at(0.5)], [at(0.8)]);
    expect(await left()).toBeGreaterThan(before);
    await look(page, 'citizen-6-enlarged');

    await drag(page, [at(0.1), at(0.9)], [at(0.45), at(0.55)]);
    expect(await scale()).toBe(1);
    await liNainai.button(/放大看/).click();
    expect(await scale()).toBe(1.5);
    await liNainai.button(/缩小/).click();
    expect(await scale()).toBe(1);
    expect(await page.evaluate(() => [window.visualViewport?.scale, window.scrollX])).toEqual([1, 0]);
  });
});
