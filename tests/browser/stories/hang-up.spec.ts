import { expect, type Locator, test } from '@playwright/test';
import { look, lookThrough } from '../support/look';
import { type Citizen, expectMedia } from '../support/people';
import { beginTalk, inScene } from '../support/scene';

async function boxOf(thing: Locator) {
  const box = await thing.boundingBox();
  if (!box) throw new Error('it is not on the screen');
  return { ...box, middle: { x: box.x + box.width / 2, y: box.y + box.height / 2 } };
}

const expectTalking = (citizen: Citizen) =>
  expect(citizen.page.getByRole('heading', { name: /正在和 .* 通话/ })).toBeVisible();

test('a shaking thumb ends no talk: it goes on under the question, and everything but the red button means no', async () => {
  await inScene(async (scene) => {
    const liNainai = await beginTalk(scene);
    const button = liNainai.button('挂断');

    for (const eyes of ['', '-elder', '-200'] as const) {
      await lookThrough(liNainai.page, eyes);
      const { middle, ...before } = await boxOf(button);
      for (let i = 0; i < 4; i += 1) await liNainai.page.touchscreen.tap(middle.x, middle.y);
      await expect(liNainai.sheet()).toBeVisible();
      const red = await boxOf(liNainai.sheet().getByRole('button', { name: '挂断', exact: true }));
      expect(red.y + red.height, 'nothing red where the thumb is').toBeLessThanOrEqual(before.y);
      await expect(liNainai.sheet().getByRole('button', { name: '接着说', exact: true })).not.toHaveAttribute('aria-busy');
      await liNainai.page.touchscreen.tap(middle.x, middle.y);
      await expect(liNainai.sheet()).toBeVisible();
      await liNainai.answer('接着说');
      await expectTalking(liNainai);
    }
    await lookThrough(liNainai.page, '');

    await button.focus();
    await liNainai.page.keyboard.press('Enter');
    await expect(liNainai.sheet().getByRole('heading', { name: '要挂断吗?' })).toBeFocused();
    await expectMedia(liNainai.page, { sound: true });
    await expectMedia(scene.chen.page, { sound: true });
    await look(liNainai.page, 'citizen-6-hang-up');
    await liNainai.page.keyboard.press('Escape');
    await expect(liNainai.sheet()).toHaveCount(0);
    await expect(button).toBeFocused();

    await button.click();
    await expect(liNainai.sheet()).toBeVisible();
    await liNainai.page.goBack();
    await expect(liNainai.sheet()).toHaveCount(0);
    await expectTalking(liNainai);

    await liNainai.hangUp();
    await expect(liNainai.page.getByRole('heading', { name: '今天的事办到这儿' })).toBeVisible();
  });
});
