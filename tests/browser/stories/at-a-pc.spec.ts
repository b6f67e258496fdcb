import { expect, test } from '@playwright/test';
import { look } from '../support/look';
import { Citizen, expectMedia, PC } from '../support/people';
import { inScene } from '../support/scene';

test('a citizen at a PC is met, waits and talks on a wide screen', async () => {
  await inScene(async ({ house, phones, chen }) => {
    const liNainai = await Citizen.arrive(phones, house, {}, house.origin, { device: PC });
    await expect(liNainai.button('找工作人员帮忙')).toBeVisible();
    await look(liNainai.page, 'citizen-pc-1-entry');
    await liNainai.button('找工作人员帮忙').click();
    await look(liNainai.page, 'citizen-pc-2-items');
    await liNainai.button('我说不清，直接找人').click();
    expect(await liNainai.number()).toBe('A1');
    await look(liNainai.page, 'citizen-pc-4-queue');
    await liNainai.sayHere();
    await chen.acceptRing();
    await liNainai.expectTalking();
    await chen.showPicture();
    await expectMedia(liNainai.page, { sound: true, picture: true });
    await look(liNainai.page, 'citizen-pc-6-call');

    // A page that is opened again shows nothing more of what it showed.
    await liNainai.button('给他看我的屏幕').click();
    await expect(liNainai.page.getByText('陈老师正在看您的屏幕。').first()).toBeVisible();
    await liNainai.page.reload();
    const stopped = liNainai.page.getByText('这个页面重新打开过，屏幕不给他看了，通话还在。');
    await expect(stopped).toBeVisible();
    await look(liNainai.page, 'citizen-pc-6-reopened');
    await liNainai.button('给他看我的屏幕').click();
    await expect(stopped).toHaveCount(0);
  });
});
