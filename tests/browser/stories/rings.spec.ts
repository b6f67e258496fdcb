import { expect, type Page, test } from '@playwright/test';
import { look } from '../support/look';
import { Citizen } from '../support/people';
import { inScene, type Scene } from '../support/scene';

async function waitsHere({ phones, house }: Scene): Promise<Citizen> {
  const citizen = await Citizen.arrive(phones, house);
  await citizen.takeNumber();
  await citizen.sayHere();
  return citizen;
}

/** The small window above every program, which the browser opens as a page of its own. */
async function floats({ chen }: Scene): Promise<Page> {
  const opened = chen.context.waitForEvent('page');
  await chen.button('打开小窗').click();
  const card = await opened;
  await card.setViewportSize({ width: 340, height: 240 });
  return card;
}

test('whoever works in another program or looks something up is rung there, too', async () => {
  await inScene(async (scene) => {
    const { chen } = scene;
    const card = await floats(scene);
    await expect(card.getByText('等待 0 位')).toBeVisible();
    await look(card, 'staff-3-floating-idle');
    await chen.button('办件登记簿').click();
    const liNainai = await waitsHere(scene);
    await expect(chen.page.getByLabel('请接听').getByRole('button', { name: /接听/ })).toBeVisible();
    await look(chen.page, 'staff-3-ring-in-records');
    await look(card, 'staff-3-floating-ring');
    await expect(liNainai.page.getByText('正在叫窗口的工作人员，请不要离开。')).toBeVisible();
    await look(liNainai.page, 'citizen-4-ringing');
    await card.getByRole('button', { name: '接听' }).click();
    await liNainai.expectTalking();
    await expect(card.getByRole('button', { name: /挂断/ })).toBeVisible();
    await look(card, 'staff-3-floating-call');
    await card.getByRole('button', { name: /挂断/ }).click();
    await card.getByRole('button', { name: /挂断/ }).click();
    await expect(liNainai.page.getByRole('heading', { name: '今天的事办到这儿' })).toBeVisible();
  }, { prepare: async (house) => house.amend({ 'timers.ring_ms': 60_000 }) });
});

test('rings that nobody answers pause the window, first for a while, then until somebody is back, and colleagues are told', async () => {
  const short = { 'timers.ring_ms': 1_500, 'timers.ring_pause_ms': 12_000, 'timers.ring_total_ms': 3_000 };
  await inScene(async (scene) => {
    const { chen } = scene;
    await waitsHere(scene);
    await expect(chen.page.getByText('请接听').first()).toBeVisible();
    await expect(chen.page.getByText(/刚才的叫号没有接，暂停给您叫号。.* 后自动恢复。/)).toBeVisible();
    await expect(chen.page.getByText(/A1 号头一次响铃到现在 .*，还没有人接。/)).toBeVisible();
    await look(chen.page, 'staff-3-unanswered');
    await expect(chen.page.getByText('请接听').first()).toBeVisible();
    await expect(chen.page.getByText(/刚才的叫号没有接，暂停给您叫号。请点「我回来了」再开始接号。/)).toBeVisible();
    await look(chen.page, 'staff-3-paused');
    await chen.button('我回来了').click();
    await chen.acceptRing();
    await chen.expectTalking();
    await expect(chen.page.getByText(/还没有人接/)).toHaveCount(0);
  }, { prepare: async (house) => house.amend(short) });
});
