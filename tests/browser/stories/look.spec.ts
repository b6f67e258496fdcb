import { expect, test } from '@playwright/test';
import { axeFinds, cutControls, smallTargets } from '../support/look';
import { openBrowser, PHONE } from '../support/people';

/** Grey on white, a picture without words, a thumb's worth of nothing, and a button half beside the page. */
const FAULTY = `<!doctype html><html lang="zh-CN"><meta name="viewport" content="width=device-width"><title>错处</title><main><h1>错处</h1>
<p style="color: #aaa; background: #fff">看不清的字</p><img src="data:,">
<button style="width: 20px; height: 20px">小</button><button style="position: fixed; left: 360px; top: 200px; width: 90px; height: 60px">旁边</button></main></html>`;

test('what nobody can read, tap or get at is found on a page', async () => {
  const browser = await openBrowser();
  try {
    const page = await (await browser.newContext(PHONE)).newPage();
    await page.setContent(FAULTY);
    expect((await axeFinds(page)).map((sentence) => sentence.split(':')[0]).sort()).toEqual(['color-contrast', 'image-alt']);
    expect(await smallTargets(page)).toEqual(['小: 20 × 20']);
    expect(await cutControls(page)).toEqual(['wider than its frame: 小', 'beside the page: 旁边']);
    await page.setContent(FAULTY.replace('</main>', '<iframe title="另一页"></iframe></main>'));
    await expect(axeFinds(page)).rejects.toThrow('the page is one document');
  } finally {
    await browser.close();
  }
});
