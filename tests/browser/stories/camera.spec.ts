import { expect, test } from '@playwright/test';
import { House } from '../support/house';
import { look } from '../support/look';
import { type Prepare, Staff } from '../support/people';
import { beginTalk, inHouse, inScene } from '../support/scene';
import { refuse } from '../support/watch';

/** A camera behind its lid: it runs, and everything it shows is black. */
const covered: Prepare = async (page) => {
  await page.context().grantPermissions(['camera', 'microphone']);
  await page.addInitScript(() => {
    localStorage.setItem('yunyiban.camera', 'used');
    const devices = navigator.mediaDevices;
    const ask = devices.getUserMedia.bind(devices);
    const opened: MediaStreamTrack[] = [];
    Object.defineProperty(window, '__cameras', { value: opened });
    devices.getUserMedia = async (wanted) => {
      if (wanted?.audio) return ask(wanted);
      if ((window as unknown as { __uncovered?: boolean }).__uncovered) return ask(wanted);
      const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 480 });
      const paper = canvas.getContext('2d');
      setInterval(() => paper?.fillRect(0, 0, 640, 480), 50);
      const stream = canvas.captureStream(15);
      opened.push(...stream.getTracks());
      return stream;
    };
  });
};

test('a window that shows itself reads before the next ring that its camera is black, is rung all the same, and looks again', async () => {
  const house = await House.setUp();
  const chenIs = house.hire('chen', '陈老师', '0412');
  await inHouse(house, async ({ desks }) => {
    const chen = await Staff.arrive(desks, house, chenIs, {}, house.origin, covered);
    await chen.signIn();
    await chen.goOnDuty('3号窗口');
    const black = chen.page.getByText(/摄像头的画面是黑的，市民会看不到您。/);
    await expect(black).toBeVisible({ timeout: 20_000 });
    // Its light is out again.
    const states = () => chen.page.evaluate(() => (window as unknown as { __cameras: MediaStreamTrack[] }).__cameras.map((track) => track.readyState));
    await expect.poll(states).toEqual(['ended']);
    // Nobody is kept from being rung by it.
    await chen.expectFree();
    await expect(chen.page.getByRole('heading', { name: '暂停叫号' })).toHaveCount(0);
    await look(chen.page, 'staff-2-camera-dark');
    await chen.page.evaluate(() => Object.assign(window, { __uncovered: true }));
    await chen.button('再看一次').click();
    await expect(black).toHaveCount(0);
    await expect(chen.page.getByText('好的，画面看得到')).toBeVisible();
  });
});

test('a window that has shown itself once is told of its camera after the talk, one that never did is not', async () => {
  await inScene(async (scene) => {
    const { chen } = scene;
    await expect(chen.page.getByText('这台电脑没用过视频，不用看')).toBeVisible();
    const liNainai = await beginTalk(scene);
    await chen.showPicture();
    await chen.button(/^视频/).click();
    await refuse(chen.page, { camera: 'NotReadableError' });
    await chen.button(/^视频/).click();
    await expect(chen.page.getByText(/摄像头被别的程序占着/)).toBeVisible();
    await liNainai.hangUp();
    await chen.saveRecord('居住证', '说明了要带的材料');
    await chen.page.keyboard.press('F2');
    await chen.expectFree();
    const busy = chen.page.getByText(/摄像头打不开，可能被别的程序占着。号照样叫/);
    await expect(busy).toBeVisible();
    await look(chen.page, 'staff-2-camera-busy');
    await chen.button('先不用视频').click();
    await expect(busy).toHaveCount(0);
    await expect(chen.page.getByText('这台电脑没用过视频，不用看')).toBeVisible();
  });
});
