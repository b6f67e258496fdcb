import { expect, test } from '@playwright/test';
import { look } from '../support/look';
import { Citizen } from '../support/people';
import { rowsOf } from '../support/rows';
import { beginTalk, inScene } from '../support/scene';

/** A phone whose browser makes no sound of its own. */
const SILENT = () => {
  for (const name of ['AudioContext', 'webkitAudioContext']) Object.defineProperty(window, name, { value: undefined });
};

test('a phone that cannot ring says so; after a sleep near the head one tap is enough, and what a name may not hold is said', async () => {
  await inScene(async (scene) => {
    const { house, phones } = scene;
    await beginTalk(scene, { noCall: true });
    const liNainai = await Citizen.arrive(phones, house, {}, house.origin, { prepare: (page) => page.addInitScript(SILENT) });
    const { page } = liNainai;
    const number = await liNainai.takeNumber();
    await liNainai.button('试听铃声').click();
    const silent = page.getByText('这个手机放不出铃声，请留意屏幕。').last();
    await expect(silent).toBeVisible();
    await expect(page.getByText('轮到您会响铃。')).toHaveCount(0);
    await look(page, 'citizen-4-ring-impossible', silent);

    // What is pasted or put in by the phone may be longer than a name, or hold what none has: nothing is cut unseen.
    await liNainai.openContact();
    await page.getByLabel('手机').fill('138 1234 5678');
    await page.getByLabel('称呼').focus();
    await page.keyboard.insertText('李'.repeat(25));
    await liNainai.button('保存').click();
    const long = page.getByText('称呼最多 20 个字，您填了 25 个，请写短一点。').last();
    await expect(long).toBeVisible();
    await expect(page.getByLabel('称呼')).toHaveValue('李'.repeat(25));
    await expect(page.getByLabel('手机')).toHaveValue('138 1234 5678');
    await look(page, 'citizen-4-name-long', long);
    await page.getByLabel('称呼').fill('李奶奶\u202e');
    await liNainai.button('保存').click();
    const refused = page.getByText('称呼最多 20 个字，不能有特殊符号。您的号还在，请改一下再保存。').last();
    await expect(refused).toBeVisible();
    await look(page, 'citizen-4-name-refused', refused);
    await page.getByLabel('称呼').fill('李奶奶');
    await liNainai.button('保存').click();
    await expect(page.getByText('称呼：李奶奶')).toBeVisible();

    await liNainai.sayHere();
    await expect(page.getByText('声音已经准备好了。').first()).toBeVisible();
    await expect
      .poll(() => rowsOf(house, `select state from visits where number = '${number}'`), { timeout: 30_000 })
      .toEqual([{ state: 'away' }]);
    // As when the phone is looked at again.
    await page.evaluate(() => window.dispatchEvent(new Event('pageshow')));
    await expect(page.getByText('请点「我在」，我们就知道您在。', { exact: true })).toBeVisible();
    await look(page, 'citizen-4-near-again');
    await liNainai.sayHere();
    await expect(page.getByText('好的，知道您在。').first()).toBeVisible();
  }, { prepare: async (house) => house.amend({ 'timers.citizen_lease_ms': 5_000 }) });
});
