import { expect, test } from '@playwright/test';
import { beginTalk, inScene } from '../support/scene';
import { expectMedia } from '../support/people';
import { decoded } from '../support/watch';

test('where only TCP gets through, both hear and see over ICE-TCP', async () => {
  await inScene(async (scene) => {
    const liNainai = await beginTalk(scene, { tcpOnly: true });
    await liNainai.button('开摄像头').click();
    await scene.chen.button(/^视频/).click();
    await expectMedia(liNainai.page, { sound: true, picture: true });
    await expectMedia(scene.chen.page, { sound: true, picture: true });
    expect((await decoded(liNainai.page)).way).toBe('tcp');
    expect((await decoded(scene.chen.page)).way).toBe('tcp');
  }, { staff: { tcpOnly: true } });
});

test('a phone that knows only H.264 and a desk that prefers VP8 see each other', async () => {
  await inScene(async (scene) => {
    const liNainai = await beginTalk(scene, { onlyCodec: 'H264' });
    await scene.chen.button(/^视频/).click();
    await liNainai.button('开摄像头').click();
    await expectMedia(liNainai.page, { sound: true, picture: true });
    await expectMedia(scene.chen.page, { sound: true, picture: true });
    expect((await decoded(liNainai.page)).codecs).toEqual(['video/H264']);
    expect((await decoded(scene.chen.page)).codecs).toEqual(['video/H264']);
  });
});
