import { expect, test } from '@playwright/test';
import { look, lookClosely } from '../support/look';
import { Citizen, Staff } from '../support/people';
import { type Scene, beginTalk, inScene, type Wishes } from '../support/scene';

const THERE = { id: 'laocheng', name: '老城区政务服务中心' };
const GO = `去「${THERE.name}」取号`;
const TAKEN = `您已经在「${THERE.name}」取了号`;

/** Two halls in one house, the first of which sends citizens on to the second. */
const twoHalls = (rules: Record<string, number> = {}): Wishes => ({
  prepare: async (house) => {
    house.add(THERE.id, THERE.name);
    house.amend({ hands_on_to: [THERE.id], ...rules });
  },
});

/** 陈老师 asks whoever she talks with to go on in the other hall, where so many wait. */
async function refer({ chen }: Scene, waiting: number): Promise<void> {
  await chen.button(/^转接/).click();
  const target = chen.button(`${THERE.name} · 在上班，${waiting} 人在等`);
  await expect(target).toBeVisible();
  if (waiting > 0) await look(chen.page, 'staff-6-transfer-halls', target);
  await target.click();
  await expect(chen.page.getByText(`已请市民到「${THERE.name}」取号`)).toBeVisible();
}

/** This page leads to the number there, asks nothing again and refuses nothing. */
async function expectLedThere({ page }: Citizen): Promise<void> {
  await expect(page.getByRole('main').getByText(TAKEN)).toBeVisible();
  await expect(page.getByText(GO)).toHaveCount(0);
  await expect(page.getByText('这次转到别的大厅的时间过了')).toHaveCount(0);
  await expect(page.getByRole('button', { name: `打开「${THERE.name}」的页面` })).toBeVisible();
}

test('whoever is sent on to another hall has one number there, by the time of the first, and the talk goes on until then', async () => {
  await inScene(async (scene) => {
    const { house, phones, chen } = scene;
    const liNainai = await beginTalk(scene);
    const go = liNainai.button(GO);
    // Came to the other hall after her first number.
    const wu = await Citizen.blank(phones, house);
    await wu.page.goto(`${house.origin}/h/${THERE.id}`);
    expect(await wu.takeNumber()).toBe('A1');
    await expect(wu.page.getByRole('main').getByText('下一位就是您。')).toBeVisible();

    await refer(scene, 1);
    await look(chen.page, 'staff-6-referred');
    await expect(go).toBeInViewport();
    await look(liNainai.page, 'citizen-6-referral');
    await liNainai.button('不去，就在这里办').click();
    await expect(go).toHaveCount(0);
    await expect(chen.page.getByText('已请市民到')).toHaveCount(0);
    await chen.expectTalking();

    await refer(scene, 1);
    await go.click();
    const take = liNainai.button('取号，过去');
    await expect(take).toBeVisible();
    await look(liNainai.page, 'citizen-6-referral-asked');
    // Looking there costs nothing: the talk goes on.
    await liNainai.expectTalking();
    await chen.expectTalking();
    await take.click();
    expect(await liNainai.number()).toBe('A2');
    await expect(liNainai.page.getByText('从「新区街道便民服务中心」转来，那边是 A1 号。')).toBeVisible();
    // For ten seconds the page that found her number says so too.
    await expect(liNainai.page.getByRole('main').getByText('下一位就是您。').first()).toBeVisible();
    await expect(wu.page.getByRole('main').getByText('前面还有 1 位')).toBeVisible();
    await expect(wu.page.getByRole('main').getByText('前面来了从别的大厅转来的人')).toBeVisible();
    await look(wu.page, 'citizen-4-behind-referred');
    await look(liNainai.page, 'citizen-4-referred');

    // Her window writes up what it did, and reads where she is; nobody waits for her to come back.
    await expect(chen.page.getByText('收尾：把办件登记好')).toBeVisible();
    await expect(chen.page.getByText(`市民已经在「${THERE.name}」取了号`)).toBeVisible();
    await expect(chen.button('不转了')).toHaveCount(0);
    await expect(chen.page.getByText('市民挂断了')).toHaveCount(0);
    await look(chen.page, 'staff-7-referral-taken');

    // Back at the first hall, in a second tab, she is shown the way to the number she has.
    const second = await liNainai.secondTab();
    await expectLedThere(second);
    await look(second.page, 'citizen-8-referral-taken');
    await second.page.getByRole('button', { name: `打开「${THERE.name}」的页面` }).click();
    await second.page.waitForURL(`**/h/${THERE.id}`);
    expect(await second.number()).toBe('A2');
  }, twoHalls());
});

test('whoever was sent on and prepares, is called or waits again finds the way there, and in the other tab reads that it was gone', async () => {
  await inScene(async (scene) => {
    const { chen } = scene;
    const liNainai = await beginTalk(scene);
    const go = liNainai.button(GO);
    await refer(scene, 0);

    await chen.button(/请市民去准备/).click();
    await chen.button('好，请他去准备').click();
    await expect(liNainai.page.getByRole('heading', { name: '您先去准备，号留着。' })).toBeVisible();
    await expect(go).toBeVisible();
    await look(liNainai.page, 'citizen-7-referral', go);

    await liNainai.button('我在，继续').click();
    await chen.acceptRing();
    await expect(liNainai.button('接听')).toBeVisible();
    await expect(go).toBeVisible();
    await look(liNainai.page, 'citizen-5-referral');
    await liNainai.expectTalking();
    await chen.expectTalking();

    await chen.button(/^转接/).click();
    await chen.button(/^A 队/).click();
    await liNainai.number();
    await expect(go).toBeVisible();
    await look(liNainai.page, 'citizen-4-referral', go);

    // Her second tab takes the number; the first was put aside by it.
    const second = await liNainai.secondTab();
    await second.button(GO).click();
    await expect(second.page.getByText('取了号，这边的号就不留了。')).toBeVisible();
    await second.button('取号，过去').click();
    await second.page.waitForURL(`**/h/${THERE.id}`);
    await second.number();
    await liNainai.button('在这里继续').click();
    await expectLedThere(liNainai);
  }, twoHalls({ 'timers.here_counts_as_accept_ms': 0 }));
});

test('a referral outlives the talk, until the window that writes it up takes it back', async () => {
  await inScene(async (scene) => {
    const { chen } = scene;
    const liNainai = await beginTalk(scene);
    const go = liNainai.button(GO);
    await refer(scene, 0);
    await liNainai.hangUp();
    await expect(go).toBeInViewport();
    await look(liNainai.page, 'citizen-8-referral');
    await expect(chen.page.getByText(`已请市民到「${THERE.name}」取号，还没有取。`)).toBeVisible();
    await look(chen.page, 'staff-7-referral');
    await chen.button('不转了').click();
    await expect(go).toHaveCount(0);
    await expect(chen.page.getByText('已请市民到')).toHaveCount(0);
  }, twoHalls());
});

/** Her phone opens the other hall in a tab of its own. */
async function lookThere({ context, house }: Citizen, path = `${house.origin}/h/${THERE.id}`) {
  const tab = await context.newPage();
  await tab.goto(path);
  return tab;
}

/** 周老师 of the other hall books the next day's first appointment for somebody, who gets the link. */
async function bookThere(zhou: Staff): Promise<string> {
  return zhou.page.evaluate(async () => {
    const half = 30 * 60_000;
    const at = (Math.floor(Date.now() / half) + 9) * half;
    const wish = { key: 'books-for-wu-dashu', item: null, at, contact: { name: '吴大叔', phone: '13800138000' } };
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch('/api/staff/appointments', { method: 'POST', headers, body: JSON.stringify(wish) });
    return ((await answer.json()) as { link: string }).link;
  });
}

test('whoever has a number in the other hall keeps that one, and whoever is booked there reads what to say', async () => {
  let admin = { name: '', password: '' };
  const halls = twoHalls();
  await inScene(async (scene) => {
    const { house, desks, chen } = scene;
    const liNainai = await beginTalk(scene);
    const there = await lookThere(liNainai);
    await there.getByRole('button', { name: '找工作人员帮忙' }).click();
    await there.getByRole('button', { name: '我说不清，直接找人' }).click();
    await expect(there.getByRole('heading', { name: '您是 A1 号' })).toBeVisible();
    await there.close();
    await liNainai.page.bringToFront();
    await refer(scene, 1);
    await liNainai.button(GO).click();
    const counts = liNainai.page.getByText('您在那边已经有号（A1），就按那个号排。');
    await expect(counts).toBeVisible();
    await lookClosely(liNainai.page, 'citizen-6-referral-has-number', counts);
    await liNainai.button('用那个号，过去').click();
    expect(await liNainai.number()).toBe('A1');
    await chen.saveRecord('居民养老', '请她到老城办');
    await chen.button(/^完成/).click();

    const zhou = await Staff.arrive(desks, house, admin);
    await zhou.signIn();
    const link = await bookThere(zhou);
    const wuDashu = await beginTalk(scene);
    const booked = await lookThere(wuDashu, link);
    await booked.getByRole('button', { name: '打开我的预约' }).click();
    await expect(booked.getByRole('heading', { name: '您约好了' })).toBeVisible();
    await booked.close();
    await wuDashu.page.bringToFront();
    await refer(scene, 1);
    await wuDashu.button(GO).click();
    const refused = wuDashu.page.getByText('您在那边已经约好了时间，或者留了电话，现在不能另外取号。').first();
    await expect(refused).toBeVisible();
    await expect(wuDashu.button(/过去$/)).toHaveCount(0);
    await wuDashu.expectTalking();
    await lookClosely(wuDashu.page, 'citizen-6-referral-booked', refused);
  }, {
    prepare: async (house) => {
      await halls.prepare?.(house);
      admin = house.giveAnother(`admin-${THERE.id}`);
    },
  });
});

test('what was said in the first hall is read in the other under the name of whoever said it', async () => {
  let admin = { name: '', password: '' };
  const halls = twoHalls();
  await inScene(async (scene) => {
    const { house, desks, chen } = scene;
    const liNainai = await beginTalk(scene);
    const words = chen.page.getByLabel('打字给市民');
    await words.fill('请带身份证');
    await words.press('Enter');
    await expect(liNainai.page.getByText('请带身份证', { exact: true }).first()).toBeVisible();
    await refer(scene, 0);
    await liNainai.button(GO).click();
    await liNainai.button('取号，过去').click();
    await liNainai.page.waitForURL(`**/h/${THERE.id}`);
    await liNainai.number();
    const zhou = await Staff.arrive(desks, house, admin);
    await zhou.signIn();
    await zhou.goOnDuty('1号窗口');
    await zhou.page.keyboard.press('F2');
    await liNainai.expectTalking();
    const from = zhou.page.getByText(/^新区街道便民服务中心工作人员/);
    await expect(from).toBeVisible();
    await look(zhou.page, 'staff-4-other-hall', from);
    await liNainai.button(/^打字/).click();
    const line = liNainai.page.getByText('请带身份证', { exact: true }).first();
    await expect(line).toBeVisible();
    await lookClosely(liNainai.page, 'citizen-6-other-hall', line);
  }, {
    prepare: async (house) => {
      await halls.prepare?.(house);
      admin = house.giveAnother(`admin-${THERE.id}`);
    },
  });
});
