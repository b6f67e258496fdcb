import { expect, test } from '@playwright/test';
import { House } from '../support/house';
import { look } from '../support/look';
import { Citizen, Staff } from '../support/people';
import { beginTalk, inHouse, inScene } from '../support/scene';

test('a talk that moves says with whom, and what it turned off', async () => {
  const house = await House.setUp();
  const [chenIs, zhaoIs] = [house.hire('chen', '陈老师', '0412'), house.hire('zhao', '赵老师', '0413')];
  // Long enough to look at three pages while it rings.
  house.amend({ 'timers.ring_ms': 120_000 });
  await inHouse(house, async ({ phones, desks }) => {
    const liNainai = await Citizen.arrive(phones, house);
    await expect(liNainai.page.getByText('现在没有窗口在线').first()).toBeVisible();
    await expect(liNainai.page.getByText('工作人员在线')).toHaveCount(0);
    await liNainai.takeNumber();
    await expect(liNainai.page.getByText('现在没有窗口在接待。').first()).toBeVisible();
    await expect(liNainai.page.getByText('快到您了。')).toHaveCount(0);
    await look(liNainai.page, 'citizen-4-no-window');
    await liNainai.writeAhead('医保断了两年，能补吗?');

    const chen = await Staff.arrive(desks, house, chenIs);
    await chen.signIn();
    await chen.goOnDuty('3号窗口');
    await liNainai.sayHere();
    await expect(chen.page.getByLabel('请接听').getByText('医保断了两年，能补吗?')).toBeVisible();
    await look(chen.page, 'staff-3-ring-written');
    await chen.acceptRing();
    await liNainai.expectTalking();
    const zhao = await Staff.arrive(desks, house, zhaoIs);
    await zhao.signIn();
    await zhao.goOnDuty('2号窗口');

    await liNainai.button('开摄像头').click();
    await expect(liNainai.button('关摄像头')).toBeVisible();
    await chen.button(/^共享材料/).click();
    await expect(chen.page.getByText('市民正在看您共享的屏幕').first()).toBeVisible();
    await expect(liNainai.page.getByText('给您看的页面').first()).toBeVisible();
    await look(liNainai.page, 'citizen-6-both-pictures');

    await chen.button(/^转接/).click();
    await expect(chen.button(/2号窗口 赵老师/)).toBeVisible();
    await look(chen.page, 'staff-6-transfer');
    await chen.button(/2号窗口 赵老师/).click();
    await expect(liNainai.page.getByRole('heading', { name: '正在帮您转到别的窗口' })).toBeVisible();
    await expect(liNainai.page.getByText('给您看的页面')).toHaveCount(0);
    await expect(liNainai.button('开摄像头')).toBeDisabled();
    await expect(chen.page.getByText(/市民正在看|您静音了/)).toHaveCount(0);
    await look(liNainai.page, 'citizen-6-transferring');
    await look(chen.page, 'staff-6-transferring');
    await look(zhao.page, 'staff-3-ring-transferred');
    await chen.button('不转了').click();
    await expect(liNainai.page.getByText('转窗口时摄像头关了。要给陈老师看，请再点「开摄像头」。').first()).toBeVisible();
    await look(liNainai.page, 'citizen-6-camera-cut');
    await look(chen.page, 'staff-6-taken-back');
    await liNainai.button('开摄像头').click();
    await expect(liNainai.page.getByText('转窗口时摄像头关了')).toHaveCount(0);

    await chen.button(/^挂断/).dblclick();
    await expect(chen.page.getByText('要挂断吗? 通话还没有断。').first()).toBeVisible();
    await look(chen.page, 'staff-6-hang-up');
    // Nobody answered: the question goes by itself, and is asked anew.
    await expect(chen.button('接着谈')).toHaveCount(0);
    await liNainai.expectTalking();
    await chen.button(/^挂断/).click();
    await expect(chen.button('接着谈')).toBeVisible();
    await chen.button(/^挂断/).click();
    await expect(chen.page.getByText('收尾：把办件登记好').first()).toBeVisible();
    await look(liNainai.page, 'citizen-8-before-the-record');
  });
});

test('where nobody is free a transfer says so, and one too many says who takes the visit', async () => {
  await inScene(async (scene) => {
    const { chen } = scene;
    const liNainai = await beginTalk(scene);
    await chen.button(/^转接/).click();
    await expect(chen.page.getByText('现在没有同事空着。可以转回队伍里，或等一等再转。')).toBeVisible();
    await look(chen.page, 'staff-6-transfer-nobody');
    await chen.button(/A 队/).click();
    // On the page behind the sheet nobody could reach it.
    const refused = chen.page.getByRole('dialog').getByText('这个号已经转了好几次，请转给主管，或自己办完。');
    await expect(refused).toBeInViewport({ ratio: 1 });
    await look(chen.page, 'staff-6-transfer-refused');
    await chen.button('接着谈').click();
    await liNainai.expectTalking();
  }, { prepare: async (house) => house.amend({ max_transfers: 0 }) });
});

test('a call-back says the truth before the number is shown, and after somebody answered', async () => {
  await inScene(async ({ house, phones, chen }) => {
    await chen.page.keyboard.press('F9');
    await chen.button('用餐').click();
    const liNainai = await Citizen.arrive(phones, house);
    await liNainai.takeNumber();
    await liNainai.button('不想等了，请给我回电话').click();
    await liNainai.button('好，给我回电话').click();
    const missing = liNainai.page.getByText('请填电话号码，我们才打得到您。').first();
    await expect(missing).toBeVisible();
    await look(liNainai.page, 'citizen-4-call-back-question', missing);
    await liNainai.page.getByLabel('手机').first().fill('13800138000');
    await liNainai.button('好，给我回电话').click();
    await expect(liNainai.button('我在这里等，不用打电话了')).toBeVisible();
    await expect(liNainai.page.getByText('手机：13800138000')).toBeVisible();
    await look(liNainai.page, 'citizen-4-call-back');

    await chen.page.keyboard.press('F9');
    await chen.acceptRing();
    await expect(chen.button('显示号码')).toBeVisible();
    await expect(liNainai.page.getByText('陈老师要打电话给您，请留意来电。').first()).toBeVisible();
    await look(liNainai.page, 'citizen-5-call-back');
    await chen.button('显示号码').click();
    await look(chen.page, 'staff-4-call-back');
    await chen.button('接通了').click();
    await expect(liNainai.page.getByText('现在用电话说，陈老师打 13800138000。').first()).toBeVisible();
    await expect(liNainai.page.getByText('请留意来电')).toHaveCount(0);
    await look(liNainai.page, 'citizen-6-called-back');

    // The everyday name by its initials; what is not found stands in nobody's way.
    await chen.page.keyboard.press('Control+k');
    await chen.page.keyboard.type('sbk');
    await expect(chen.page.getByRole('option', { name: /社会保障卡申领/ })).toBeVisible();
    await look(chen.page, 'staff-4-initials');
    await chen.page.getByRole('combobox').fill('没有的事');
    const nothing = chen.page.getByText('没有找到「没有的事」');
    const below = await nothing.boundingBox();
    if (!below) throw new Error('it is said');
    const hit = await chen.page.evaluate(({ x, y }) => document.elementFromPoint(x, y)?.textContent ?? '', {
      x: below.x + 20,
      y: below.y + below.height / 2,
    });
    expect(hit).not.toContain('没有找到');
  });
});
