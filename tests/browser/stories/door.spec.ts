import { expect, type Page, test } from '@playwright/test';
import { leavesOutMounts } from '../support/apart';
import { joinLine } from '../support/crowd';
import { House } from '../support/house';
import { look, lookWithoutScript } from '../support/look';
import { Citizen, openBrowser, PC, PHONE } from '../support/people';
import { beginTalk, inHouse, inScene } from '../support/scene';

const WECHAT_AT_A_PC = {
  ...PC,
  userAgent:
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 MicroMessenger/7.0.20 WindowsWechat(0x63090a13)',
};

const WITHOUT_SCRIPT = [
  ['/h/xinqu', 'citizen-0-no-script', '这个浏览器打不开帮办页面。'],
  ['/staff', 'staff-0-no-script', '这个浏览器打不开工作台。'],
] as const;

/** Opens the hall's link on a page that something has been done to. */
async function openHall(page: Page, house: House): Promise<void> {
  await page.goto(`${house.origin}/h/${house.hall}`, { waitUntil: 'domcontentloaded' });
}

/** The number is one tap away, for any thumb, and reads as a link. */
async function expectHotline(page: Page): Promise<void> {
  const link = page.getByRole('link', { name: '打电话 12345' });
  await expect(link).toHaveAttribute('href', 'tel:12345');
  await expect(link).toHaveCSS('text-decoration-line', 'underline');
  expect((await link.boundingBox())?.height).toBeGreaterThanOrEqual(56);
}

test('whatever comes instead of the hall says what to do: another address, no code, no script, a page without its hall', async () => {
  const house = await House.setUp();
  await inHouse(house, async ({ phones }) => {
    const { page } = await Citizen.blank(phones, house);
    await page.goto(`${house.origin}/hall/xinqu`);
    await expect(page.getByText('请重新扫一次大厅的二维码，或者看看网址有没有抄漏。')).toBeVisible();
    await look(page, 'citizen-0-lost');
    await page.goto(`${house.origin}/h/xinqu/`);
    await expect(page).toHaveURL(`${house.origin}/h/xinqu`);
    await expect(page.getByRole('button', { name: '找工作人员帮忙' })).toBeVisible();

    await page.route(/\/assets\/.*\.js/, (route) => route.abort('connectionreset'));
    await openHall(page, house);
    await expect(page.getByText('一直打不开，请打电话。')).toBeVisible();
    await expectHotline(page);
    await look(page, 'citizen-0-opening');
    await page.goto(`${house.origin}/staff`);
    await look(page, 'staff-0-opening');
    await page.unroute(/\/assets\/.*\.js/);

    // What stands between the hall and the phone, as some do with what they take for a script of a stranger.
    await page.route(/\/h\/xinqu/, async (route) => {
      const answer = await route.fetch();
      const body = (await answer.text()).replace(/(id="hall">)[^<]*/, '$1');
      await route.fulfill({ response: answer, body });
    });
    await openHall(page, house);
    await expect(page.getByRole('heading', { name: '没有找到大厅' })).toBeVisible();
    await look(page, 'citizen-0-no-hall');

    const plain = await phones.newContext({ ...PHONE, javaScriptEnabled: false });
    const still = await plain.newPage();
    for (const [path, name, sentence] of WITHOUT_SCRIPT) {
      await still.goto(`${house.origin}${path}`);
      await expect(still.locator('noscript p', { hasText: sentence })).toBeVisible();
      if (name === 'citizen-0-no-script') await expectHotline(still);
      await lookWithoutScript(page, still, name);
    }
  });
});

test('the address alone leads to the halls, to the only one, or to what is missing', async () => {
  const house = await House.setUp();
  await inHouse(house, async ({ phones }) => {
    const { page } = await Citizen.blank(phones, house);
    // The first number is what shows the program that its archive is gone.
    house.write('alter table visits rename to visits_away');
    await joinLine(house).catch(() => undefined);
    await openHall(page, house);
    await expect(page.getByRole('heading', { name: '现在打不开' })).toBeVisible();
    await expect(page.getByText('请过几秒再打开一次。取过的号都还在。着急，请打电话。')).toBeVisible();
    await look(page, 'citizen-0-failed');
    house.write('alter table visits_away rename to visits');
    await expect(async () => {
      await openHall(page, house);
      await expect(page.getByRole('button', { name: '找工作人员帮忙' })).toBeVisible({ timeout: 1_000 });
    }).toPass();

    await house.shut();
    house.add('dongcheng', '东城街道党群和便民服务中心（滨河路办事点）');
    await house.open();
    await page.goto(house.origin);
    await expect(page.getByRole('heading', { name: '请选一个大厅' })).toBeVisible();
    await look(page, 'citizen-0-halls');
    await page.getByRole('link', { name: '新区街道便民服务中心' }).click();
    await expect(page.getByRole('button', { name: '找工作人员帮忙' })).toBeVisible();

    // As where `init` was interrupted, or the archive is a new one on PostgreSQL.
    await house.shut();
    house.write('delete from halls');
    await house.open();
    await page.goto(house.origin);
    await expect(page.getByRole('heading', { name: '这里还没有大厅' })).toBeVisible();
    await look(page, 'citizen-0-no-halls');
  });
});

/** The program stands behind a proxy, which says who calls, and does not serve one network. */
const LISTED = {
  YUNYIBAN_TLS__PLAIN_HTTP_BEHIND_PROXY: 'true',
  YUNYIBAN_TLS__TRUSTED_PROXIES: '127.0.0.1',
  YUNYIBAN_LIMITS__BLOCKED_NETWORKS: '203.0.113.0/24',
};

test('whoever comes from a network that is not served reads where to call, and nobody else does', async () => {
  const house = await House.setUp();
  Object.assign(process.env, LISTED);
  try {
    await inHouse(house, async ({ phones }) => {
      const { page } = await Citizen.blank(phones, house);
      await page.setExtraHTTPHeaders({ 'x-forwarded-for': '203.0.113.9' });
      await openHall(page, house);
      await expect(page.getByRole('heading', { name: '这个网络暂时不能网上取号' })).toBeVisible();
      await expect(page.getByRole('link', { name: '打电话 12345' })).toHaveAttribute('href', 'tel:12345');
      await look(page, 'citizen-0-blocked');
      await page.setExtraHTTPHeaders({ 'x-forwarded-for': '203.0.114.9' });
      await openHall(page, house);
      await expect(page.getByRole('button', { name: '找工作人员帮忙' })).toBeVisible();
    });
  } finally {
    for (const name of Object.keys(LISTED)) delete process.env[name];
  }
});

test('where nobody has built the web yet, both doors say who has to do what', async () => {
  if (leavesOutMounts()) return;
  const house = await House.setUp();
  const phones = await openBrowser();
  try {
    await house.openUnbuilt();
    const { page } = await Citizen.blank(phones, house);
    for (const path of ['/staff', '/h/xinqu']) {
      expect((await page.goto(`${house.origin}${path}`))?.status(), path).toBe(503);
      await expect(page.getByRole('heading', { name: '网页还没有装好' })).toBeVisible();
      await expect(page.getByText('请管理员运行 make run，它会先准备网页，再启动。')).toBeVisible();
    }
    await look(page, 'citizen-0-unbuilt');

    await house.shut();
    await house.open();
    await openHall(page, house);
    await expect(page.getByRole('button', { name: '找工作人员帮忙' })).toBeVisible();
  } finally {
    await phones.close();
    await house.close();
  }
});

test('where a device cannot talk the door says so first, and how another one can', async () => {
  await inScene(async ({ house, phones, chen }) => {
    const wuDashu = await Citizen.arrive(phones, house, {}, house.origin, { device: WECHAT_AT_A_PC });
    await wuDashu.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await expect(wuDashu.page.getByText('电脑上的微信不能通话').first()).toBeVisible();
    await wuDashu.button('复制网址').click();
    await expect(wuDashu.page.getByText('网址复制好了，到浏览器里粘贴。').first()).toBeVisible();
    expect(await wuDashu.page.evaluate(() => navigator.clipboard.readText())).toBe(`${house.origin}/h/xinqu`);
    await look(wuDashu.page, 'citizen-pc-1-wechat');

    const liNainai = await Citizen.arrive(phones, house, { withoutHttps: true });
    await expect(liNainai.page.getByText('在这里用不了麦克风').first()).toBeVisible();
    await liNainai.button('复制网址').click();
    await expect(liNainai.page.getByLabel('网址', { exact: true })).toHaveValue(`${house.origin}/h/xinqu`);
    await look(liNainai.page, 'citizen-1-no-microphone');
    await liNainai.takeNumber();
    await liNainai.sayHere();
    await chen.acceptRing();
    await liNainai.expectTalking();
    await expect(liNainai.page.getByText('在这里用不了麦克风').first()).toBeVisible();
    await liNainai.button('开摄像头').click();
    await expect(liNainai.page.getByText('在这里用不了摄像头。').first()).toBeVisible();
    await look(liNainai.page, 'citizen-6-no-devices');
  });
});

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;

const minuteInChina = () => Math.floor(Date.now() / MINUTE_MS + 8 * 60) % DAY_MINUTES;

test('a hall that knows how long talks take says how long the line is, and before it closes gives no number in vain', async () => {
  // No day ends while this is told; a desk bears a clock that is so little off.
  const aheadMinutes = minuteInChina() < DAY_MINUTES - 4 ? 0 : 4;
  await inScene(async (scene) => {
    const { house, phones, chen } = scene;
    for (let talk = 0; talk < 3; talk += 1) {
      const wuDashu = await beginTalk(scene, { noCall: true });
      await wuDashu.hangUp();
      await chen.saveRecord('居民养老', '问清楚了');
      await chen.button(/^完成/).click();
      await wuDashu.leave();
    }
    for (let i = 0; i < 12; i += 1) await joinLine(house);
    const liNainai = await Citizen.arrive(phones, house);
    await expect(async () => {
      await liNainai.page.reload();
      await expect(liNainai.page.getByText(/大约 \d+–\d+ 分钟轮到您。/)).toBeVisible({ timeout: 1_000 });
    }).toPass();
    await look(liNainai.page, 'citizen-1-line');
    await liNainai.takeNumber();
    await expect(liNainai.page.getByText(/大约等 \d+–\d+ 分钟。/)).toBeVisible();
    await look(liNainai.page, 'citizen-4-wait');

    await house.shut();
    house.amend({ 'hours[0].to_minute': ((minuteInChina() + aheadMinutes) % DAY_MINUTES) + 3 });
    await house.open();
    const late = await Citizen.arrive(phones, house);
    await expect(async () => {
      await late.page.reload();
      await expect(late.page.getByRole('heading', { name: '今天排不上了。' })).toBeVisible({ timeout: 1_000 });
    }).toPass();
    await expect(late.button(/留个电话，明天.*上班后给您回/)).toBeVisible();
    await look(late.page, 'citizen-1-last-intake');
  }, { prepare: async (house) => house.moveClock(aheadMinutes * MINUTE_MS) });
});
