import { expect, type Page, test } from '@playwright/test';
import { House } from '../support/house';
import { look } from '../support/look';
import { Citizen, expectMedia } from '../support/people';
import { beginTalk, inHouse, inScene } from '../support/scene';
import type { Limits } from '../support/watch';

const MICROPHONES: [NonNullable<Limits['microphone']>, string, 'refused' | 'missing' | 'busy'][] = [
  ['NotAllowedError', '手机没让我们用麦克风', 'refused'],
  ['NotFoundError', '没有找到麦克风', 'missing'],
  ['NotReadableError', '麦克风正被占用', 'busy'],
];

for (const [error, sentence, name] of MICROPHONES) {
  test(`with a microphone ${name}, the talk goes on and the next step is on the screen`, async () => {
    await inScene(async (scene) => {
      const liNainai = await beginTalk(scene, { microphone: error });
      await expect(liNainai.page.getByText(sentence).first()).toBeVisible();
      await expectMedia(liNainai.page, { sound: true });
      await look(liNainai.page, `citizen-6-microphone-${name}`);
      await look(scene.chen.page, `staff-4-microphone-${name}`);
    });
  });
}

test('after somebody who was heard, a citizen without a microphone is told of as just that', async () => {
  await inScene(async (scene) => {
    const { chen } = scene;
    const wuDashu = await beginTalk(scene);
    await expectMedia(chen.page, { sound: true });
    await wuDashu.hangUp();
    await chen.saveRecord('居民养老', '说清楚了');
    await chen.button(/^完成/).click();

    await beginTalk(scene, { microphone: 'NotAllowedError' });
    await expect(chen.page.getByText('市民的手机没让用麦克风，他听得到您').first()).toBeVisible();
    // A voice that is missed is told of within 5 s.
    await expect(chen.page.getByText(/^00:0[6-9]$/)).toBeVisible();
    await expect(chen.page.getByText('暂时听不到市民')).toHaveCount(0);
    await expect(chen.page.getByText('市民的手机没让用麦克风，他听得到您').first()).toBeVisible();
  });
});

/** A phone that hands words on to another program, as most do; the browser of the tests has no such sheet. */
const HANDS_ON = () => {
  const handedOn: ShareData[] = [];
  Object.assign(window, { handedOn });
  navigator.share = async (what) => void handedOn.push(what ?? {});
};

test('the telephone is the floor: the number is revealed, the visit goes on with chat and record', async () => {
  await inScene(async (scene) => {
    const wishes = { prepare: (page: Page) => page.addInitScript(HANDS_ON) };
    const liNainai = await Citizen.arrive(scene.phones, scene.house, {}, scene.house.origin, wishes);
    await liNainai.takeNumber();
    await liNainai.openContact();
    await liNainai.page.getByLabel('称呼').fill('李奶奶');
    await liNainai.page.getByLabel('手机').fill('1380013800');
    await liNainai.button('保存').click();
    await expect(liNainai.page.getByText('手机号码要 11 位，您填了 10 位，请看一看。').first()).toBeVisible();
    await look(liNainai.page, 'citizen-3-contact-error');
    await liNainai.page.getByLabel('手机').fill('13800138000');
    await liNainai.button('保存').click();
    await liNainai.sayHere();
    await scene.chen.acceptRing();
    await liNainai.expectTalking();
    await expect(scene.chen.page.getByText('13800138000')).toHaveCount(0);
    await scene.chen.button(/^打电话/).click();
    await scene.chen.button('显示号码').click();
    await expect(scene.chen.page.getByText('13800138000').first()).toBeVisible();
    await look(scene.chen.page, 'staff-6-telephone');
    await expect(liNainai.page.getByText('现在用电话说，陈老师打 13800138000。').first()).toBeVisible();
    await look(liNainai.page, 'citizen-6-telephone');
    await scene.chen.saveRecord('居民养老', '电话里说清楚了');
    await liNainai.hangUp();
    await expect(liNainai.page.getByText(/结果：已经答复/).first()).toBeVisible();
    await liNainai.rate('不满意');
    await look(liNainai.page, 'citizen-8-dissatisfied');
    await liNainai.button('发给家人').click();
    const [sent] = await liNainai.page.evaluate(() => (window as unknown as { handedOn: ShareData[] }).handedOn);
    expect(sent?.title).toBe('新区街道便民服务中心');
    expect(sent?.text).toMatch(/^办的是：.*\n结果：已经答复\n.*查询号 \d\d \d\d\n/s);
    await look(liNainai.page, 'citizen-8-family', liNainai.button('发给家人'));
  });
});

test('a wrong link and a closed hall each say what to do', async () => {
  const house = await House.setUp({ hours: '7-7 00:00-00:01' });
  await inHouse(house, async ({ phones }) => {
    const lost = await Citizen.arrive(phones, house, {}, house.origin);
    await lost.page.goto(`${house.origin}/h/nowhere`);
    await expect(lost.page.getByRole('heading', { level: 1 })).toBeVisible();
    await look(lost.page, 'citizen-0-wrong-link');
    const early = await Citizen.arrive(phones, house);
    await expect(early.page.getByText(/现在下班了/).first()).toBeVisible();
    await expect(early.button('找工作人员帮忙')).toHaveCount(0);
    await look(early.page, 'citizen-1-closed');
  });
});

test('a declined ring keeps the place, and leaving is asked once more', async () => {
  await inScene(async (scene) => {
    const liNainai = await Citizen.arrive(scene.phones, scene.house);
    await liNainai.takeNumber();
    await expect(scene.chen.page.getByRole('heading', { name: '正在问 A1 号在不在，还没有叫号' })).toBeVisible();
    await expect(scene.chen.page.getByText('还没点「我在」').first()).toBeVisible();
    await look(scene.chen.page, 'staff-2-asked');
    await liNainai.sayHere();
    await expect(scene.chen.page.getByText('请接听').first()).toBeVisible();
    // The hand presses twice: the reasons are nowhere under it.
    await scene.chen.button('拒接').dblclick();
    await expect(scene.chen.page.getByText('为什么拒接?')).toBeVisible();
    await expect(scene.chen.page.getByText('请接听').first()).toBeVisible();
    await look(scene.chen.page, 'staff-3-decline');
    await scene.chen.button('现场有群众').click();
    await expect(scene.chen.page.getByText('请接听')).toHaveCount(0);
    await look(scene.chen.page, 'staff-3-declined');
    await expect(liNainai.page.getByRole('heading', { level: 1, name: /您是 A1 号/ })).toBeVisible();
    await liNainai.button('不排了').click();
    await look(liNainai.page, 'citizen-4-leave');
    await liNainai.answer('接着排');
    await expect(liNainai.page.getByRole('heading', { level: 1, name: /您是 A1 号/ })).toBeVisible();
    await liNainai.button('不排了').click();
    await liNainai.answer('不排了，号不要了');
    await expect(liNainai.page.getByRole('heading', { name: '您已经不排了' })).toBeVisible();
    await look(liNainai.page, 'citizen-8-left');
  });
});
