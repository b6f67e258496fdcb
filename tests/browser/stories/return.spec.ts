import { expect, test } from '@playwright/test';
import { Link } from '../support/link';
import { expectMedia } from '../support/people';
import { beginTalk, inScene } from '../support/scene';
import { decoded } from '../support/watch';

test('a refresh of either page leads back into the same call', async () => {
  await inScene(async (scene) => {
    const { chen } = scene;
    const liNainai = await beginTalk(scene);
    await liNainai.page.reload();
    await expect(liNainai.page.getByRole('heading', { name: /正在和 .* 通话/ })).toBeVisible();
    await expectMedia(liNainai.page, { sound: true });
    await expectMedia(chen.page, { sound: true });
    await chen.page.reload();
    await chen.expectTalking();
    await expectMedia(chen.page, { sound: true });
    await expectMedia(liNainai.page, { sound: true });
    await expect(chen.page.getByText('A1').first()).toBeVisible();
  });
});

test('a second tab takes the visit over, and the first is told once and waits to be asked', async () => {
  await inScene(async (scene) => {
    const liNainai = await beginTalk(scene);
    const second = await liNainai.secondTab();
    await expect(second.page.getByRole('heading', { name: /正在和 .* 通话/ })).toBeVisible();
    await expectMedia(second.page, { sound: true });
    await expect(liNainai.page.getByRole('heading', { name: '您的号在别的页面打开了' })).toBeVisible();
    await liNainai.button('在这里继续').click();
    await expect(liNainai.page.getByRole('heading', { name: /正在和 .* 通话/ })).toBeVisible();
    await expectMedia(liNainai.page, { sound: true });
    await expect(second.page.getByRole('heading', { name: '您的号在别的页面打开了' })).toBeVisible();
  });
});

test('a phone that is given another address in the middle of a talk goes on in the same connection', async () => {
  let link: Link | undefined;
  try {
    await inScene(async (scene) => {
      if (!link) throw new Error('the wire was laid before');
      const liNainai = await beginTalk(scene, { throughPort: link.mediaPort }, `http://127.0.0.1:${link.port}`);
      await expectMedia(liNainai.page, { sound: true });
      await expectMedia(scene.chen.page, { sound: true });
      const gaps: number[] = [];
      for (let turn = 0; turn < 3; turn++) {
        link.rebind();
        const [before, begun] = [await decoded(liNainai.page), Date.now()];
        // The page is not told and goes on sending; the relay asks it at the new address and follows.
        await expect
          .poll(async () => {
            const now = await decoded(liNainai.page);
            return now.peer === before.peer && now.packets - before.packets;
          }, { timeout: 2_000, intervals: [50] })
          .toBeGreaterThan(5);
        gaps.push(Date.now() - begun);
        await expectMedia(scene.chen.page, { sound: true });
      }
      console.log(JSON.stringify({ name: 'sound_again_after_new_address', value: Math.max(...gaps), unit: 'ms', bar: 2_000 }));
    }, {
      prepare: async (house) => {
        link = await Link.to(house.port, house.mediaPort);
        house.admit(`http://127.0.0.1:${link.port}`);
      },
    });
  } finally {
    link?.close();
  }
});

test('thirty seconds without a network, and the same call goes on', async () => {
  let link: Link | undefined;
  try {
    await inScene(async (scene) => {
      if (!link) throw new Error('the wire was laid before');
      const liNainai = await beginTalk(scene, { throughPort: link.mediaPort }, `http://127.0.0.1:${link.port}`);
      await expectMedia(liNainai.page, { sound: true });
      link.cut();
      const cutAt = Date.now();
      await expect(liNainai.page.getByText('网络不太好，正在重新接。号和资料都在，不用重来。').first()).toBeVisible({ timeout: 25_000 });
      await expect(scene.chen.page.getByText(/市民断线了/).first()).toBeVisible({ timeout: 30_000 });
      await expect.poll(() => Date.now() - cutAt, { timeout: 40_000 }).toBeGreaterThan(30_000);
      link.mend();
      await expect(liNainai.page.getByRole('heading', { name: /正在和 .* 通话/ })).toBeVisible();
      await expectMedia(liNainai.page, { sound: true });
      await expectMedia(scene.chen.page, { sound: true });
      await scene.chen.expectTalking();
    }, {
      prepare: async (house) => {
        link = await Link.to(house.port, house.mediaPort);
        house.admit(`http://127.0.0.1:${link.port}`);
      },
    });
  } finally {
    link?.close();
  }
});
