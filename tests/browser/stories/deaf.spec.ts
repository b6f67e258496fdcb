import { expect, test } from '@playwright/test';
import { House } from '../support/house';
import { look } from '../support/look';
import { type Prepare, Staff } from '../support/people';
import { inHouse, overWire } from '../support/scene';
import { voiceSent } from '../support/watch';

/** The clock of a PC that is seven minutes fast. */
const fastClock: Prepare = async (page) => {
  await page.addInitScript(() => {
    const now = Date.now;
    Date.now = () => now() + 7 * 60_000;
  });
};

/** A headset whose switch is off: the microphone is open and gives exact zeros, until it is switched on. */
const switchedOff: Prepare = async (page) => {
  await page.addInitScript(() => {
    const devices = navigator.mediaDevices;
    const ask = devices.getUserMedia.bind(devices);
    devices.getUserMedia = async (wanted) => {
      if (!wanted?.audio) return ask(wanted);
      const context = new AudioContext();
      const [headset, voice] = [context.createMediaStreamDestination(), context.createOscillator()];
      voice.start();
      Object.assign(window, { __switchOn: () => voice.connect(headset) });
      return headset.stream;
    };
  });
};

test('a window that cannot be heard, or whose clock is wrong, is paused before it is rung and says how to mend it', async () => {
  const house = await House.setUp();
  const [chenIs, zhaoIs] = [house.hire('chen', '陈老师', '0412'), house.hire('zhao', '赵老师', '0413')];
  await inHouse(house, async ({ desks }) => {
    const chen = await Staff.arrive(desks, house, chenIs, { microphone: 'NotAllowedError' });
    await chen.signIn();
    await chen.goOnDuty('3号窗口');
    await expect(chen.page.getByText(/麦克风用不了，暂停给您叫号。/)).toBeVisible();
    await expect(chen.page.getByRole('heading', { name: '暂停叫号' })).toBeVisible();
    await look(chen.page, 'staff-2-deaf-microphone');

    const zhao = await Staff.arrive(desks, house, zhaoIs, {}, house.origin, fastClock);
    await zhao.signIn();
    await zhao.goOnDuty('2号窗口');
    await expect(zhao.page.getByText(/这台电脑的时间差了好几分钟，暂停给您叫号。/)).toBeVisible();
    await look(zhao.page, 'staff-2-deaf-clock');
  });
});

test('a window tries its voice line while nobody talks, is paused where it carries nothing, and is back once it does', async () => {
  test.setTimeout(180_000);
  await overWire('desk', async ({ chen, wire }) => {
    // Nobody has called: the gate is shut, and what the relay reports of is the test alone, which ends.
    await expect.poll(async () => (await voiceSent(chen.page)).reportedAt, { timeout: 30_000 }).toBeGreaterThan(0);
    expect((await voiceSent(chen.page)).packets).toBeGreaterThan(0);
    await expect.poll(async () => (await voiceSent(chen.page)).sends, { timeout: 30_000 }).toBe(false);
    await expect(chen.page.getByRole('heading', { name: '暂停叫号' })).toHaveCount(0);

    wire.swallow();
    await chen.page.reload();
    const broken = chen.page.getByText(/语音线路接不上，暂停给您叫号。/);
    await expect(broken).toBeVisible({ timeout: 60_000 });
    const { packets, reportedAt } = await voiceSent(chen.page);
    expect(packets, 'the connection is up and sends').toBeGreaterThan(0);
    expect(reportedAt, 'the relay has none of it').toBe(0);
    await expect(chen.page.getByText('连上了，但声音传不过去')).toBeVisible();
    await look(chen.page, 'staff-2-deaf-line');
    wire.mend();
    await expect(broken).toHaveCount(0, { timeout: 60_000 });
    await chen.expectFree();
  });
});

test('a window whose microphone gives nothing at all for a minute is paused, and is back with the first sound', async () => {
  test.setTimeout(180_000);
  const house = await House.setUp();
  const [chenIs, zhaoIs] = [house.hire('chen', '陈老师', '0412'), house.hire('zhao', '赵老师', '0413')];
  await inHouse(house, async ({ desks }) => {
    const chen = await Staff.arrive(desks, house, chenIs);
    await chen.signIn();
    await chen.goOnDuty('3号窗口');
    const zhao = await Staff.arrive(desks, house, zhaoIs, {}, house.origin, switchedOff);
    await zhao.signIn();
    await zhao.goOnDuty('2号窗口');
    const silent = zhao.page.getByText(/麦克风开着，但一点声音也没有，暂停给您叫号。/);
    await expect(silent).toBeVisible({ timeout: 90_000 });
    await expect(zhao.page.getByText('开着，但一点声音也没有', { exact: true })).toBeVisible();
    await look(zhao.page, 'staff-2-deaf-silent');
    // As long at a window that is heard, and paused by nothing.
    await chen.expectFree();
    await expect(chen.page.getByRole('heading', { name: '暂停叫号' })).toHaveCount(0);
    await zhao.page.evaluate(() => (window as unknown as { __switchOn: () => void }).__switchOn());
    await expect(silent).toHaveCount(0, { timeout: 20_000 });
    await zhao.expectFree();
  });
});
