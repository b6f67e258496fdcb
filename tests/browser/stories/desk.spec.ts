import { expect, type Page, test } from '@playwright/test';
import { look, lookThrough } from '../support/look';
import { Citizen, expectRunning } from '../support/people';
import { beginTalk, inScene } from '../support/scene';

test('a second page of the console takes the desk over, and signing out there ends both', async () => {
  await inScene(async ({ chen }) => {
    const second = await chen.secondTab();
    await expect(second.page.getByText('准备好了，等叫号').first()).toBeVisible();
    await expect(chen.page.getByRole('heading', { name: '您在另一个页面打开了工作台' })).toBeVisible();
    await look(chen.page, 'staff-9-replaced');
    await chen.button('在这里继续').click();
    await expect(chen.page.getByText('准备好了，等叫号').first()).toBeVisible();
    await expect(second.page.getByRole('heading', { name: '您在另一个页面打开了工作台' })).toBeVisible();

    // Another page of the same sign-in: nobody sits at its window, and it ends with it.
    await second.button('在这里继续').click();
    await expect(second.page.getByText('准备好了，等叫号').first()).toBeVisible();
    await second.button(/陈老师/).click();
    await look(second.page, 'staff-2-menu');
    await second.button('退出登录').click();
    await expect(second.page.getByRole('heading', { name: '窗口登录' })).toBeVisible();
    await chen.page.reload();
    await expect(chen.page.getByRole('heading', { name: '窗口登录' })).toBeVisible();
  });
});

test('an administrator who takes the sign-in away stops the console, which says what is kept', async () => {
  await inScene(async ({ house, chen }) => {
    await expect(chen.page.getByText('准备好了，等叫号').first()).toBeVisible();
    house.run(['staff', 'reset', '--name', 'chen']);
    await expect(chen.page.getByRole('heading', { name: '这一页停下来了' })).toBeVisible({ timeout: 40_000 });
    await look(chen.page, 'staff-9-ended');
    await chen.button('重新登录').click();
    await expect(chen.page.getByRole('heading', { name: '窗口登录' })).toBeVisible();
    await look(chen.page, 'staff-1-signed-out');
  });
});

test('whoever finishes for the day or is away from the line reads that nobody is rung, and how to come back', async () => {
  await inScene(async ({ chen }) => {
    const choose = async (word: string) => {
      await chen.button(/^状态/).click();
      await chen.button(new RegExp(`^${word}`)).click();
    };
    await choose('收班');
    await expect(chen.page.getByRole('heading', { name: '收班中，不再叫新号' })).toBeVisible();
    await look(chen.page, 'staff-2-draining');
    await choose('离线');
    await expect(chen.page.getByRole('heading', { name: '您现在离线，不会叫号' })).toBeVisible();
    await look(chen.page, 'staff-2-offline');
    await chen.button(/上线接号/).click();
    await expect(chen.page.getByText('准备好了，等叫号').first()).toBeVisible();
  });
});

test('with letters twice as large a ring comes into sight, and hanging up stays in sight as long as the call is', async () => {
  await inScene(async (scene) => {
    const { chen, house, phones } = scene;
    await lookThrough(chen.page, '-200');
    const liNainai = await beginTalk(scene);
    await expect(chen.button(/^挂断/)).toBeInViewport({ ratio: 1 });
    const hangUp = chen.button(/^挂断/);
    for (const place of [chen.button(/^转接/), chen.page.getByLabel(/过程备注/), chen.button(/^办结登记/)]) {
      await place.scrollIntoViewIfNeeded();
      await expect(hangUp).toBeInViewport({ ratio: 1 });
    }
    await hangUp.focus();
    await chen.page.keyboard.press('Escape');
    await expect(chen.page.getByText('要挂断吗? 通话还没有断。')).toBeInViewport({ ratio: 1 });
    await chen.page.keyboard.press('Escape');
    await expect(liNainai.page.getByRole('heading', { name: /正在和 .* 通话/ })).toHaveCount(0);

    await expect(chen.page.getByText('收尾：把办件登记好').first()).toBeVisible();
    await chen.saveRecord('居民养老', '字大一些也写得下');
    await expect(chen.button(/^完成/)).not.toBeInViewport();
    const wuDashu = await Citizen.arrive(phones, house);
    await wuDashu.takeNumber();
    await wuDashu.sayHere();
    await chen.page.keyboard.press('F2');
    await expect(chen.page.getByText('请接听').first()).toBeVisible();
    await expect(chen.button(/^接听/)).toBeInViewport({ ratio: 1 });
  });
});

test('three columns stand side by side in just the room they need, and one below another in less', async () => {
  await inScene(async (scene) => {
    const { page } = scene.chen;
    await beginTalk(scene);
    const side = async () => {
      const [call, record] = [await page.getByLabel('通话', { exact: true }).boundingBox(), await page.getByLabel('办件登记').boundingBox()];
      return call && record ? record.x >= call.x + call.width : null;
    };
    await page.setViewportSize({ width: 1024, height: 768 });
    await expect.poll(side).toBe(true);
    await page.setViewportSize({ width: 1023, height: 768 });
    await expect.poll(side).toBe(false);
    await expect(scene.chen.button(/^挂断/)).toBeInViewport({ ratio: 1 });
  });
});

test('on the smallest screen of an office no tool stands alone, and the question of hanging up lies over none', async () => {
  await inScene(async (scene) => {
    const { chen } = scene;
    await beginTalk(scene);
    for (const [width, height] of [[1366, 768], [1280, 720], [1440, 900], [1600, 900], [1920, 1080]] as const) {
      await chen.page.setViewportSize({ width, height });
      await chen.button(/^挂断/).click();
      const question = await chen.page.locator('p', { hasText: '要挂断吗?' }).boundingBox();
      const tools = await chen.page.getByRole('group', { name: '通话工具' }).getByRole('button').all();
      const boxes = await Promise.all(tools.map((tool) => tool.boundingBox()));
      await chen.button('接着谈').click();
      const covered = boxes.filter((box) => question && box && box.x + box.width > question.x && box.y + box.height > question.y && box.y < question.y + question.height);
      expect(covered, `${width}`).toEqual([]);
      const rows = boxes.map((box) => boxes.filter((other) => other?.y === box?.y).length);
      expect(Math.min(...rows), `${width}`).toBeGreaterThan(2);
      if (width === 1366) await look(chen.page, 'staff-5-talk-at-1366');
    }
  });
});

test('hanging up is on the screen while one looks something up in the register of records', async () => {
  await inScene(async (scene) => {
    const { chen } = scene;
    const liNainai = await beginTalk(scene);
    await chen.button('办件登记簿').click();
    await expect(chen.page.getByRole('heading', { name: '办件登记簿' })).toBeVisible();
    await expect(chen.button(/^挂断/)).toBeInViewport({ ratio: 1 });
    await look(chen.page, 'staff-7-records-in-a-talk');
    await chen.page.setViewportSize({ width: 1023, height: 600 });
    await expect(chen.button(/^挂断/)).toBeInViewport({ ratio: 1 });
    await chen.button(/^挂断/).click();
    await chen.button(/^挂断/).click();
    await expect(liNainai.page.getByRole('heading', { name: /正在和 .* 通话/ })).toHaveCount(0);
  });
});

/** The phrases that show their first words alone. */
const cutPhrases = (page: Page) =>
  page
    .getByRole('group', { name: '常用话' })
    .getByRole('button')
    .evaluateAll((phrases) => {
      const isCut = (words: Element | null) => words !== null && words.scrollHeight > words.clientHeight;
      return phrases.filter((phrase) => isCut(phrase.lastElementChild)).map((phrase) => phrase.textContent);
    });

test('beside a picture there is room for what was said, what is shared is seen, and a phrase is read whole', async () => {
  await inScene(async (scene) => {
    const { page } = scene.chen;
    const liNainai = await beginTalk(scene);
    await liNainai.button('开摄像头').click();
    const camera = page.getByLabel('市民的摄像头');
    await expectRunning(camera);
    await scene.chen.button(/^共享材料/).click();
    const preview = page.getByRole('figure').filter({ hasText: '我共享的' });
    await expectRunning(preview.locator('video'));

    const say = async (words: string) => {
      await page.getByLabel('打字给市民').fill(words);
      await page.keyboard.press('Enter');
      await expect(page.getByRole('log', { name: '文字' }).getByText(words)).toBeVisible();
    };
    await page.setViewportSize({ width: 1366, height: 768 });
    await expect.poll(() => cutPhrases(page)).toEqual([]);
    await say('您好，我看到了。');
    await expect.poll(() => cutPhrases(page)).toEqual([]);
    await look(page, 'staff-5-phrases-whole');
    for (const words of ['要带身份证。', '户口簿也要。', '复印件不用。', '照片不用。']) await say(words);
    await expect.poll(async () => (await cutPhrases(page)).length, 'what was said needs the room').toBeGreaterThan(0);

    for (const [width, height] of [[1366, 768], [1280, 720], [1440, 900], [1920, 1080]] as const) {
      await page.setViewportSize({ width, height });
      for (const [what, seen] of [['chat', page.getByRole('log', { name: '文字' })], ['picture', camera]] as const) {
        expect((await seen.boundingBox())?.height, `${what} at ${width}`).toBeGreaterThanOrEqual(200);
      }
      await expect(preview.getByRole('button', { name: '停止共享' })).toBeInViewport({ ratio: 1 });
      if (width === 1366) await look(page, 'staff-5-own-share');
    }

    await page.setViewportSize({ width: 1366, height: 768 });
    await expect.poll(async () => (await cutPhrases(page)).length).toBeGreaterThan(0);
    await scene.chen.button(/^密码和验证码/).focus();
    await expect(page.locator('p', { hasText: '密码和验证码请您自己输，不要告诉任何人，我们也不会要。' })).toBeInViewport({ ratio: 1 });
    await look(page, 'staff-5-phrase-whole');

    await preview.getByRole('button', { name: '停止共享' }).click();
    await expect(preview).toHaveCount(0);
    await expect(liNainai.page.getByRole('region', { name: '陈老师给您看的页面' })).toHaveCount(0);
  });
});
