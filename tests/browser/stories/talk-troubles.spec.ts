import { expect, test } from '@playwright/test';
import { look } from '../support/look';
import { expectRunning } from '../support/people';
import { beginTalk, inScene } from '../support/scene';
import { refuse, type Refusals } from '../support/watch';

const CAMERAS: [NonNullable<Refusals['camera']>, RegExp, 'refused' | 'missing' | 'busy'][] = [
  ['NotAllowedError', /浏览器没让用摄像头。/, 'refused'],
  ['NotFoundError', /没有找到摄像头，语音照常。/, 'missing'],
  ['NotReadableError', /摄像头被别的程序占着。/, 'busy'],
];

test('what the own devices refuse is said with the next step, and the talk goes on', async () => {
  await inScene(async (scene) => {
    const { chen } = scene;
    const liNainai = await beginTalk(scene);
    await chen.button(/^静音/).click();
    await expect(chen.page.getByText('您静音了，市民听不到您。').first()).toBeVisible();
    await expect(liNainai.page.getByText(/静音/).first()).toBeVisible();
    await look(chen.page, 'staff-4-muted');
    await chen.button('取消静音').click();

    for (const [error, words, name] of CAMERAS) {
      await refuse(chen.page, { camera: error });
      await chen.button(/^视频/).click();
      await expect(chen.page.getByText(words)).toBeVisible();
      await look(chen.page, `staff-4-camera-${name}`);
    }
    await refuse(chen.page, {});
    await chen.button(/^视频/).click();
    await expectRunning(chen.page.getByLabel('我的画面'));
    await expect(chen.page.getByText(CAMERAS[2]?.[1] ?? '')).toHaveCount(0);

    // Whoever closes the browser's chooser has changed their mind: nothing is shown, and nothing is said.
    const share = chen.button(/^共享材料/);
    await refuse(chen.page, { screen: 'NotAllowedError' });
    await share.click();
    await expect(share).toHaveAttribute('aria-pressed', 'false');
    await expect(chen.page.getByText(/共享不了屏幕/)).toHaveCount(0);
    await refuse(chen.page, { screen: 'NotReadableError' });
    await share.click();
    await expect(chen.page.getByText(/共享不了屏幕，语音照常。/)).toBeVisible();
    await look(chen.page, 'staff-4-share-trouble');
    await chen.expectTalking();
  });
});

test('a line too long, one the hall does not take and one still on its way each stay in sight', async () => {
  await inScene(async (scene) => {
    const { chen, house } = scene;
    const liNainai = await beginTalk(scene);
    const words = chen.page.getByLabel('打字给市民');
    await words.fill('请带身份证'.repeat(101));
    await expect(chen.page.getByText('最多 500 字，您写了 505 字。')).toBeVisible();
    await expect(chen.button('发送')).toBeDisabled();
    await look(chen.page, 'staff-4-line-too-long');

    // Pasted from a letter, with the mark of its line break.
    await words.fill('请带身份证\u000b和户口簿');
    await words.press('Enter');
    await expect(chen.page.getByText('没有发出去')).toBeVisible();
    await look(chen.page, 'staff-4-line-failed');
    await chen.button('不发了').click();
    await expect(chen.page.getByText('没有发出去')).toHaveCount(0);

    await house.kill();
    await words.fill('我还在，请等一下');
    await words.press('Enter');
    await expect(chen.page.getByText('正在发')).toBeVisible();
    await expect(chen.page.getByText(/网络断了，正在重新接。/).first()).toBeVisible();
    await look(chen.page, 'staff-4-line-unsent');
    await house.open();
    await expect(chen.page.getByText('正在发')).toHaveCount(0, { timeout: 30_000 });
    await expect(liNainai.page.getByText('我还在，请等一下').first()).toBeVisible();
  });
});

test('whoever left no telephone is said to have left none; a number is asked about before it is shown', async () => {
  await inScene(async (scene) => {
    const { chen } = scene;
    const liNainai = await beginTalk(scene);
    await chen.button(/^打电话/).click();
    await expect(chen.page.getByRole('dialog').getByText(/请他说一个号码，或打字发给您，用座机打过去。/)).toBeVisible();
    await expect(chen.button('显示号码')).toHaveCount(0);
    await look(chen.page, 'staff-4-no-telephone');
    await chen.page.getByRole('dialog').getByRole('button', { name: '接着谈' }).click();
    await chen.expectTalking();

    await chen.button(/^语音/).click();
    await liNainai.button('让工作人员打电话给我').click();
    await chen.button(/^打电话/).click();
    await expect(chen.page.getByText(/他的手机上正请他填号码。/)).toBeVisible();
    await liNainai.page.getByLabel('手机').fill('13800138000');
    await liNainai.button('保存').click();
    await expect(chen.page.getByText('给市民打电话?')).toBeVisible();
    await expect(chen.page.getByText('13800138000')).toHaveCount(0);
    await look(chen.page, 'staff-4-telephone-question');
  });
});
