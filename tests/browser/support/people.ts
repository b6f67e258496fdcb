// A citizen with a phone and a staff member at a PC, each in a browser context of its own.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, expect, type Locator, type Page } from '@playwright/test';
import type { House, Person } from './house';
import { AUDIBLE, decoded, type Limits, played, shown, watchMedia } from './watch';

const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
  '--disable-sync', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream',
  '--disable-background-timer-throttling', '--disable-renderer-backgrounding', '--disable-backgrounding-occluded-windows',
  '--auto-select-desktop-capture-source=Entire screen',
];

/** Whether a page may sound by itself, as most do where it was tapped before, or waits for a tap, as WeChat may. */
export type Sound = 'at-once' | 'after-a-tap';

/** Debian's Chromium: the binary itself, not the shell wrapper around it. */
export async function openBrowser({ sound = 'at-once' }: { sound?: Sound } = {}): Promise<Browser> {
  const policy = sound === 'at-once' ? 'no-user-gesture-required' : 'document-user-activation-required';
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/lib/chromium/chromium',
    args: [...FLAGS, `--autoplay-policy=${policy}`],
  });
}

/** Most citizens hold one. */
export const PHONE = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
  deviceScaleFactor: 2,
  locale: 'zh-CN',
  userAgent:
    'Mozilla/5.0 (Linux; Android 10; Redmi Note 8) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/120.0.0.0 XWEB/1200 MMWEBSDK/1 Mobile Safari/537.36 MicroMessenger/8.0.47',
};

/** A citizen at home, before a screen of their own. */
export const PC = { viewport: { width: 1366, height: 768 }, locale: 'zh-CN' };

/** What the citizen holds or sits at. */
export type Device = typeof PHONE | typeof PC;

/** Something done to a page before it opens anything. */
export type Prepare = (page: Page) => Promise<unknown>;

/** What is different about one citizen. */
export type Wishes = { device?: Device; prepare?: Prepare };

export class Citizen {
  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    readonly house: House,
  ) {}

  /** Opens the link behind the code on the poster. */
  static async arrive(browser: Browser, house: House, limits: Limits = {}, origin = house.origin, wishes: Wishes = {}): Promise<Citizen> {
    const citizen = await Citizen.blank(browser, house, limits, wishes.device);
    await wishes.prepare?.(citizen.page);
    await citizen.page.goto(`${origin}/h/${house.hall}`);
    return citizen;
  }

  /** Nothing is opened yet. */
  static async blank(browser: Browser, house: House, limits: Limits = {}, device: Device = PHONE): Promise<Citizen> {
    const context = await browser.newContext(device);
    const page = await context.newPage();
    await watchMedia(page, limits);
    return new Citizen(context, page, house);
  }

  /** A second tab of the same phone. */
  async secondTab(limits: Limits = {}, prepare?: Prepare): Promise<Citizen> {
    const page = await this.context.newPage();
    await watchMedia(page, limits);
    await prepare?.(page);
    await page.goto(`${this.house.origin}/h/${this.house.hall}`);
    return new Citizen(this.context, page, this.house);
  }

  button(name: string | RegExp) {
    return this.page.getByRole('button', { name, exact: typeof name === 'string' });
  }

  /** Two taps to a number. Gives it, `A1`. */
  async takeNumber(): Promise<string> {
    await this.button('找工作人员帮忙').click();
    await expect(this.page.getByRole('heading', { name: '您要办什么事?' })).toBeVisible();
    await this.button('我说不清，直接找人').click();
    return this.number();
  }

  /** The number on screen 4. */
  async number(): Promise<string> {
    const heading = this.page.getByRole('heading', { level: 1, name: /您是 A\d+ 号/ });
    await expect(heading).toBeVisible();
    return ((await heading.textContent()) ?? '').match(/A\d+/)?.[0] ?? '';
  }

  async sayHere(): Promise<void> {
    await this.button('我在').click();
  }

  /** Opens what is folded in the line: the fields for name and telephone. */
  async openContact(): Promise<void> {
    await this.button('留个称呼和手机（可不填）').click();
  }

  /** The same for the chat. */
  async openChat(): Promise<void> {
    await this.button('打字，先写下要问的').click();
  }

  /** Writes the first line of the chat while nobody reads it. */
  async writeAhead(words: string): Promise<void> {
    await this.openChat();
    await this.page.getByLabel('您要说的话').fill(words);
    await this.button('发送').click();
  }

  /** Until the talk runs; taps 「接听」 when the phone asks. */
  async expectTalking(): Promise<void> {
    const talking = this.page.getByRole('heading', { name: /正在和 .* 通话/ });
    const accept = this.button('接听');
    await expect(talking.or(accept).first()).toBeVisible();
    if (await accept.isVisible()) await accept.click();
    await expect(talking).toBeVisible();
  }

  /** What is asked before an end, above everything else. */
  sheet() {
    return this.page.getByRole('alertdialog');
  }

  /** Answers what the sheet asks, once its answers count. */
  async answer(name: string): Promise<void> {
    const answer = this.sheet().getByRole('button', { name, exact: true });
    await expect(answer).not.toHaveAttribute('aria-busy');
    await answer.click();
    await expect(this.sheet()).toHaveCount(0);
  }

  /** 「挂断」, and once more when asked. */
  async hangUp(): Promise<void> {
    await this.button('挂断').click();
    await this.answer('挂断');
  }

  /** Taps a level, once the levels count, and reads what was taken down. */
  async rate(level: string): Promise<void> {
    await expect(this.button(level)).not.toHaveAttribute('aria-busy');
    await this.button(level).click();
    await expect(this.page.getByText(new RegExp(`谢谢您.*评的是「${level}」`)).first()).toBeVisible();
  }

  async leave(): Promise<void> {
    await this.context.close();
  }
}

export class Staff {
  password: string;

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    readonly house: House,
    readonly person: Person,
  ) {
    this.password = person.password;
  }

  static async arrive(browser: Browser, house: House, person: Person, limits: Limits = {}, origin = house.origin, prepare?: Prepare): Promise<Staff> {
    const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, locale: 'zh-CN' });
    const page = await context.newPage();
    await watchMedia(page, limits);
    await prepare?.(page);
    await page.goto(`${origin}/staff`);
    return new Staff(context, page, house, person);
  }

  /** A second tab of the same PC. */
  async secondTab(limits: Limits = {}, prepare?: Prepare): Promise<Staff> {
    const page = await this.context.newPage();
    await watchMedia(page, limits);
    await prepare?.(page);
    await page.goto(`${this.house.origin}/staff`);
    return new Staff(this.context, page, this.house, this.person);
  }

  button(name: string | RegExp) {
    return this.page.getByRole('button', { name, exact: typeof name === 'string' });
  }

  /** Signs in with the one-time password and chooses an own one. */
  async signIn(): Promise<void> {
    await this.useOneTimePassword();
    await this.choosePassword('hebian-xiaoqiao-7');
    await expect(this.page.getByRole('heading', { name: '今天坐哪个窗口?' })).toBeVisible();
  }

  async useOneTimePassword(): Promise<void> {
    await this.page.getByLabel('登录名').fill(this.person.name);
    await this.page.getByLabel('密码', { exact: true }).fill(this.person.password);
    await this.button('登录').click();
    await expect(this.page.getByRole('heading', { name: '换成您自己的密码' })).toBeVisible();
  }

  async choosePassword(wanted: string): Promise<void> {
    this.password = wanted;
    await this.page.getByLabel('新密码', { exact: true }).fill(wanted);
    await this.page.getByLabel('再输一遍新密码', { exact: true }).fill(wanted);
    await this.button('换好，进入工作台').click();
  }

  /** Sits down at `3号窗口` and goes on duty. */
  async goOnDuty(window: string): Promise<void> {
    await this.button(new RegExp(`坐到${window}`)).click();
    await this.button(/上线接号/).first().click();
    await this.expectFree();
  }

  /** The window is free; where somebody waits who is asked 「我在」 first, or did not say it, it reads that instead. */
  async expectFree(): Promise<void> {
    await expect(this.page.getByRole('heading', { name: /准备好了，等叫号|在不在，还没有叫号|先不叫号/ })).toBeVisible();
  }

  /** Answers the ring with F2. */
  async acceptRing(): Promise<void> {
    await expect(this.page.getByText('请接听').first()).toBeVisible();
    await this.page.keyboard.press('F2');
  }

  /** Turns the own camera on, if it is not: it may be turned on before the citizen has accepted. */
  async showPicture(): Promise<void> {
    const picture = this.button(/^视频/);
    if ((await picture.getAttribute('aria-pressed')) !== 'true') await picture.click();
    await expect(picture).toHaveAttribute('aria-pressed', 'true');
  }

  async expectTalking(): Promise<void> {
    await expect(this.page.getByText('通话中').first()).toBeVisible();
  }

  /** Fills the record form and saves it. */
  async saveRecord(item: string, note: string): Promise<void> {
    await this.sendRecord(item, note);
    await this.expectRecorded();
  }

  /** The same, whatever becomes of it. */
  async sendRecord(item: string, note: string): Promise<void> {
    await this.page.keyboard.press('Control+k');
    await expect(this.page.getByRole('combobox', { name: '事项' })).toBeFocused();
    await this.page.keyboard.type(item);
    await expect(this.page.getByRole('option').first()).toBeVisible();
    await this.page.keyboard.press('Enter');
    await this.page.getByLabel('答疑', { exact: true }).check();
    await this.page.getByLabel('已经答复', { exact: true }).check();
    await this.page.getByLabel(/过程备注/).fill(note);
    await this.page.keyboard.press('Control+Enter');
  }

  async expectRecorded(): Promise<void> {
    await expect(this.page.getByText(/已登记 · /).first()).toBeVisible();
  }

  async leave(): Promise<void> {
    await this.context.close();
  }
}

/** Keeps a picture of every open page and what the program printed when a story fails: their contexts are made by hand. */
export async function keepTraces(house: House, browsers: Browser[], folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'program.log'), `${house.printed}\n${house.ending}\n`);
  const pages = browsers.flatMap((browser) => browser.contexts().flatMap((context) => context.pages()));
  await Promise.all(pages.map((page, i) => page.screenshot({ path: `${folder}/at-failure-${i + 1}.png` }).catch(() => undefined)));
}

/**
 * They hear, and where a picture runs, see: what one connection of this page decodes grows from one look to the next, and what is
 * played is loud enough to be heard.
 */
export async function expectMedia(page: Page, wanted: { sound?: boolean; picture?: boolean }): Promise<void> {
  let last = await decoded(page);
  await expect
    .poll(async () => {
      const [now, level] = [await decoded(page), wanted.sound ? await played(page) : 0];
      const same = now.peer === last.peer;
      const heard = !wanted.sound || (now.audioEnergy > last.audioEnergy && level > AUDIBLE);
      const seen = !wanted.picture || now.frames > last.frames;
      last = now;
      return same && heard && seen;
    }, { timeout: 20_000, message: 'decoded sound and picture grow, and the sound is audible' })
    .toBe(true);
}

/** One picture on a page runs: its frames grow. */
export async function expectRunning(picture: Locator): Promise<void> {
  const first = await shown(picture);
  await expect.poll(() => shown(picture), { timeout: 20_000, message: 'frames are shown' }).toBeGreaterThan(first);
}
