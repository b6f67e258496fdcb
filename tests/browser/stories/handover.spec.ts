import { expect, test } from '@playwright/test';
import { House } from '../support/house';
import { look, lookThrough } from '../support/look';
import { Citizen } from '../support/people';
import { inHouse, inScene } from '../support/scene';

/** What whoever brings a code that leads nowhere reads. */
const OVER = '这个号码不对，或者过期了。您的号还在，请看一看再输，或在那一部手机上再要一个。';

test('e12 the visit goes on at another phone by code, and comes back by link', async () => {
  await inScene(async ({ house, phones, chen }) => {
    await chen.page.keyboard.press('F9');
    await chen.button('用餐').click();
    const first = await Citizen.arrive(phones, house);
    const number = await first.takeNumber();
    await first.button('换一部手机接着办').click();
    const shown = first.page.getByText(/^\d\d \d\d \d\d$/);
    await expect(shown).toBeVisible();
    await first.page.getByRole('img', { name: '换手机用的二维码' }).scrollIntoViewIfNeeded();
    await look(first.page, 'citizen-4-handover');
    const code = (await shown.textContent()) ?? '';

    const second = await Citizen.arrive(phones, house);
    await second.button('接着办另一部手机上的号').click();
    await look(second.page, 'citizen-1-handover');
    await second.page.getByLabel('6 位号码').fill('000000');
    await second.button('在这部手机上接着办').click();
    await expect(second.page.getByText('这个号码不对，或者过期了').first()).toBeVisible();
    await look(second.page, 'citizen-1-handover-wrong');
    await lookThrough(second.page, '-200');
    await second.button('在这部手机上接着办').click();
    await expect(second.page.getByRole('paragraph').filter({ hasText: '这个号码不对，或者过期了' })).toBeInViewport();
    await lookThrough(second.page, '');
    await second.page.getByLabel('6 位号码').fill(code);
    await second.button('在这部手机上接着办').click();
    expect(await second.number()).toBe(number);

    await expect(first.page.getByRole('heading', { name: '您的号换到另一部手机了' })).toBeVisible();
    await look(first.page, 'citizen-9-handed-over');
    await first.page.reload();
    await expect(first.page.getByRole('heading', { name: '您的号换到另一部手机了' })).toBeVisible();

    // By link to a phone that has a number of its own.
    await second.button('换一部手机接着办').click();
    const link = (await second.page.getByText(/#\d{6}$/).textContent()) ?? '';
    const third = await Citizen.arrive(phones, house);
    expect(await third.takeNumber()).not.toBe(number);
    await third.page.goto('about:blank');
    await third.page.goto(link);
    await expect(third.button('在这部手机上接着办')).toBeVisible();
    expect(third.page.url()).not.toContain('#');
    await look(third.page, 'citizen-1-handover-link');
    await third.button('在这部手机上接着办').click();
    await expect(third.page.getByText('留哪一个？')).toBeVisible();
    await look(third.page, 'citizen-1-handover-own');
    await third.button('不要这部手机上的号，接着办那一个').click();
    expect(await third.number()).toBe(number);
    await expect(second.page.getByRole('heading', { name: '您的号换到另一部手机了' })).toBeVisible();

    // Once is once, and whoever opens the link again reads where to get another.
    const fourth = await Citizen.blank(phones, house);
    await fourth.page.goto(link);
    await fourth.button('在这部手机上接着办').click();
    await expect(fourth.page.getByRole('paragraph').filter({ hasText: OVER })).toBeInViewport();
    await look(fourth.page, 'citizen-1-handover-used');
  });
});

test('a code that cannot be had is said, and asked for again', async () => {
  const house = await House.setUp();
  await inHouse(house, async ({ phones }) => {
    const liNainai = await Citizen.arrive(phones, house);
    const { page } = liNainai;
    await liNainai.takeNumber();
    await page.route('**/handover', (route) => route.abort('connectionreset'));
    await liNainai.button('换一部手机接着办').click();
    const trouble = page.getByText('网络没有接上。请看看网络，再点一次，填的内容都在。').last();
    await expect(trouble).toBeVisible();
    await look(page, 'citizen-4-handover-trouble', trouble);
    await page.unroute('**/handover');
    await liNainai.button('再要一个号码').click();
    await expect(page.getByText(/^\d\d \d\d \d\d$/)).toBeVisible();
  });
});

const TEN_MINUTES = 10 * 60_000;

test('e12 a code and a link that nobody used in ten minutes are over on both phones, and each says what to do', async () => {
  const house = await House.setUp();
  await inHouse(house, async ({ phones }) => {
    const first = await Citizen.arrive(phones, house, {}, house.origin, { prepare: (page) => page.clock.install() });
    const number = await first.takeNumber();
    await first.button('换一部手机接着办').click();
    const link = (await first.page.getByText(/#\d{6}$/).textContent()) ?? '';
    await house.shut();
    house.moveClock(TEN_MINUTES);
    await house.open();
    await first.page.clock.fastForward(TEN_MINUTES);
    const over = first.page.getByText('这个号码过期了。您的号还在，还在这部手机上。').last();
    await expect(over).toBeVisible();
    await look(first.page, 'citizen-4-handover-over', over);

    const second = await Citizen.blank(phones, house);
    await second.page.goto(link);
    await second.button('在这部手机上接着办').click();
    await expect(second.page.getByRole('paragraph').filter({ hasText: OVER })).toBeInViewport();
    await look(second.page, 'citizen-1-handover-expired');

    await first.button('再要一个号码').click();
    const again = (await first.page.getByText(/#\d{6}$/).textContent()) ?? '';
    await second.page.goto(again);
    await second.button('在这部手机上接着办').click();
    expect(await second.number()).toBe(number);
  });
});

test('e12 an equal telephone on two numbers is said to the window, on the ring and beside the record', async () => {
  await inScene(async ({ house, phones, chen }) => {
    const people = [await Citizen.arrive(phones, house), await Citizen.arrive(phones, house)] as const;
    for (const citizen of people) {
      await citizen.takeNumber();
      await citizen.openContact();
      await citizen.page.getByLabel('手机', { exact: true }).fill('13812345678');
      await citizen.button('保存').click();
    }
    await people[0].sayHere();
    const said = chen.page.getByText(/这个电话还有一个号 A2，/).filter({ visible: true });
    await expect(said.first()).toBeVisible();
    await chen.acceptRing();
    await people[0].expectTalking();
    await expect(said.first()).toBeVisible();
    await look(chen.page, 'staff-4-same-phone');
    await people[1].button('不排了').click();
    await people[1].answer('不排了，号不要了');
    await expect(said).toHaveCount(0);
  }, { prepare: async (house) => house.amend({ 'timers.ring_ms': 60_000 }) });
});
