import { expect, test } from '@playwright/test';
import { look } from '../support/look';
import { expectMedia, openBrowser } from '../support/people';
import { beginTalk, inScene } from '../support/scene';
import { AUDIBLE, played, voiceHeldBack } from '../support/watch';

test('a phone that lets nothing sound without a tap shows a bar over its whole width, and one tap opens the sound', async () => {
  const strict = await openBrowser({ sound: 'after-a-tap' });
  try {
    await inScene(async (scene) => {
      // A page that may use the microphone may also sound; where it was refused, only a tap of this very page opens it.
      const refused = { microphone: 'NotAllowedError' } as const;
      const first = await beginTalk({ ...scene, phones: strict }, refused);
      await expectMedia(first.page, { sound: true });
      await expect(first.button('点一下，打开声音')).toHaveCount(0);

      let heldBack = Promise.resolve();
      const liNainai = await first.secondTab(refused, async (page) => {
        heldBack = voiceHeldBack(page);
      });
      await heldBack;
      const bar = liNainai.button('点一下，打开声音');
      await expect(liNainai.page.getByRole('heading', { name: /正在和 .* 通话/ })).toBeVisible();
      await expect(bar).toBeVisible();
      expect(await played(liNainai.page)).toBe(0);
      const [box, view] = [await bar.boundingBox(), liNainai.page.viewportSize()];
      expect(box?.width).toBe(view?.width);
      await look(liNainai.page, 'citizen-6-sound');

      await bar.click();
      await expect(bar).toHaveCount(0);
      await expectMedia(liNainai.page, { sound: true });
    });
  } finally {
    await strict.close();
  }
});

test('muted is silence at the other end, and both are told', async () => {
  await inScene(async (scene) => {
    const liNainai = await beginTalk(scene);
    await expectMedia(scene.chen.page, { sound: true });
    await liNainai.button('静音').click();
    await expect(liNainai.page.getByText(/您静音了/).first()).toBeVisible();
    await look(liNainai.page, 'citizen-6-muted');
    await expect.poll(() => played(scene.chen.page)).toBeLessThan(AUDIBLE);
    await liNainai.button('取消静音').click();
    await expectMedia(scene.chen.page, { sound: true });
    await scene.chen.page.keyboard.press('m');
    await expect(liNainai.page.getByText('陈老师暂时静音了，请稍等。').first()).toBeVisible();
    await look(liNainai.page, 'citizen-6-other-muted');
  });
});
