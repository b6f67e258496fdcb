import { expect, type Page, test } from '@playwright/test';
import { look } from '../support/look';
import { expectMedia, type Prepare } from '../support/people';
import { beginTalk, inScene } from '../support/scene';

const LANE = /\/assets\/lane-/;

/** The link blips: the first request for the code of the screens behind the number fails. Gives what was asked for. */
async function blip(page: Page): Promise<string[]> {
  const asked: string[] = [];
  await page.route(LANE, async (route) => {
    asked.push(route.request().url());
    await (asked.length === 1 ? route.abort('connectionreset') : route.continue());
  });
  return asked;
}

test('a blip of the link while the code of the call is fetched does not cost the call', async () => {
  await inScene(async (scene) => {
    let asked: string[] = [];
    const prepare: Prepare = async (page) => void (asked = await blip(page));
    const liNainai = await beginTalk(scene, {}, { prepare });
    await expectMedia(liNainai.page, { sound: true });
    await expectMedia(scene.chen.page, { sound: true });
    expect(asked).toHaveLength(2);
    expect(asked[1], 'the address is another one: browsers keep that the first one failed').not.toBe(asked[0]);
  });
});

test('a page reloaded on a bad link says whom to telephone, and opens the call once the link is better', async () => {
  await inScene(async (scene) => {
    const liNainai = await beginTalk(scene);
    await liNainai.page.route(LANE, (route) => route.abort('connectionreset'));
    await liNainai.page.reload();
    await expect(liNainai.page.getByRole('heading', { level: 1, name: /正在接通/ })).toBeVisible();
    await look(liNainai.page, 'citizen-6-opening');
    await expect(liNainai.page.getByRole('link', { name: '打不开? 请打电话 12345' })).toBeVisible();
    await expect(liNainai.button('再试一次')).toBeVisible();
    await look(liNainai.page, 'citizen-6-not-opening');
    await liNainai.page.unroute(LANE);
    await expect(liNainai.page.getByRole('heading', { name: /正在和 .* 通话/ })).toBeVisible();
    await expectMedia(liNainai.page, { sound: true });
    await expectMedia(scene.chen.page, { sound: true });
  });
});
