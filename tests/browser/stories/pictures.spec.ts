import { expect, test } from '@playwright/test';
import { look, lookThrough } from '../support/look';
import { beginTalk, inScene } from '../support/scene';

test('a picture goes either way, is seen by both in the chat, and at the window as large as it is', async () => {
  await inScene(async (scene) => {
    const { chen } = scene;
    const liNainai = await beginTalk(scene);
    // What is on a screen is a picture with letters on it, as papers are.
    const paper = { name: 'paper.png', mimeType: 'image/png', buffer: await liNainai.page.screenshot() };
    await liNainai.page.getByLabel('拍照给他看').setInputFiles(paper);
    await expect(liNainai.page.getByText(/✓ .*陈老师/).first()).toBeVisible();
    await look(liNainai.page, 'citizen-6-picture-sent');
    const sent = chen.page.getByRole('log').getByRole('button', { name: /图片|照片/ });
    await expect(sent).toBeVisible();
    await look(chen.page, 'staff-4-picture');
    await sent.click();
    await expect(chen.page.getByRole('dialog').getByRole('img')).toBeVisible();
    await look(chen.page, 'staff-4-picture-large');
    await chen.page.keyboard.press('Escape');

    const form = { ...paper, buffer: await chen.page.screenshot() };
    await lookThrough(liNainai.page, '-200');
    await chen.page.getByLabel('发图片').setInputFiles(form);
    // What the window sends opens the chat; below the fold, the bar leads there.
    await liNainai.button('陈老师发了图片，点这里看').click();
    await expect(liNainai.page.getByRole('img', { name: '工作人员发的图片' })).toBeInViewport();
    await lookThrough(liNainai.page, '');
    await expect(liNainai.page.getByRole('img', { name: '工作人员发的图片' })).toBeInViewport({ ratio: 0.9 });
    await look(liNainai.page, 'citizen-6-picture-shown');
    // No picture is what it is called.
    await liNainai.page.getByLabel('发截图').setInputFiles({ ...paper, buffer: Buffer.from('no picture') });
    await expect(liNainai.page.getByText('这张图片发不了').first()).toBeVisible();
    await liNainai.page.evaluate(() => window.scrollTo(0, 0));
    await look(liNainai.page, 'citizen-6-picture-refused');
  });
});

test('a picture on a slow way is said to be under way, and one that did not arrive can be sent again', async () => {
  await inScene(async (scene) => {
    const liNainai = await beginTalk(scene);
    const { page } = liNainai;
    const paper = { name: 'paper.png', mimeType: 'image/png', buffer: await page.screenshot() };
    const lane = '**/api/bulk?*';
    let lose: () => void = () => undefined;
    await page.route(lane, async (route) => {
      await new Promise<void>((lost) => (lose = lost));
      await route.abort('connectionreset');
    });
    await page.getByLabel('拍照给他看').setInputFiles(paper);
    const underWay = page.getByText('正在发图片……');
    await expect(underWay).toBeVisible();
    await look(page, 'citizen-6-picture-under-way', underWay);
    lose();
    const failed = page.getByText('网络没有接上。请看看网络，再点一次，填的内容都在。').last();
    await expect(failed).toBeVisible();
    await look(page, 'citizen-6-picture-failed', failed);
    await page.unroute(lane);
    await page.getByLabel('拍照给他看').setInputFiles(paper);
    await expect(page.getByText('图片发给陈老师了。').first()).toBeVisible();
    await expect(failed).toHaveCount(0);
  });
});
