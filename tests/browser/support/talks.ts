// Talks that are cut off and go on: two people who write to each other and correct the record, what their pages show of it, and how
// soon they hear each other again.
import { expect, type Page } from '@playwright/test';
import type { House, Person } from './house';
import type { Moment } from './moment';
import { Citizen, Staff } from './people';
import type { Place } from './scene';
import { AUDIBLE, decoded, played } from './watch';

/** Often enough to say when a sound came back, and seldom enough not to delay it. */
const LISTENED_EVERY_MS = 100;

/** Two in a talk and what each has written, in order: lines, and notes of the record, a version each. `version` is the last one told. */
export type Talk = {
  citizen: Citizen;
  staff: Staff;
  number: string;
  said: { window: string[]; citizen: string[] };
  notes: string[];
  version: number;
};

/** What a page says is stored. */
export type Shown = { number: string; atTheWindow: string[]; onThePhone: string[]; version: number };

export async function beginTalk({ phones, desks, house }: Place, person: Person, window: string): Promise<Talk> {
  const staff = await Staff.arrive(desks, house, person);
  await staff.signIn();
  await staff.goOnDuty(window);
  const citizen = await Citizen.arrive(phones, house);
  const number = await citizen.takeNumber();
  await citizen.sayHere();
  await staff.acceptRing();
  await citizen.expectTalking();
  await citizen.button('打字').click();
  const note = `${number}登记的办件`;
  await staff.saveRecord('居民养老', note);
  return { citizen, staff, number, said: { window: [], citizen: [] }, notes: [note], version: 1 };
}

/** Both write without a pause, each line as soon as the last is read, and the window corrects its record between its lines. */
export async function busyUntil(moment: Moment, talk: Talk): Promise<void> {
  const window = async () => {
    while (!moment.over) {
      await windowSays(talk, () => moment.act());
      if (!moment.over) await correct(talk, () => moment.act());
    }
  };
  const citizen = async () => {
    while (!moment.over) await citizenSays(talk, () => moment.act());
  };
  await Promise.all([window(), citizen()]);
}

/** The window writes, until the citizen can read it. */
export async function windowSays(talk: Talk, begins = () => {}): Promise<void> {
  const { staff, citizen, said } = talk;
  const words = `窗口对${talk.number}说的第${said.window.length + 1}句`;
  said.window.push(words);
  await staff.page.getByLabel('打字给市民').fill(words);
  begins();
  await staff.page.getByLabel('打字给市民').press('Enter');
  await expect(citizen.page.getByText(words, { exact: true }).first()).toBeVisible();
}

/** The citizen writes, until the window can read it. */
export async function citizenSays(talk: Talk, begins = () => {}): Promise<void> {
  const { staff, citizen, said } = talk;
  const words = `${talk.number}说的第${said.citizen.length + 1}句`;
  said.citizen.push(words);
  await citizen.page.getByLabel('您要说的话').fill(words);
  begins();
  await citizen.button('发送').click();
  await expect(staff.page.getByText(words, { exact: true }).first()).toBeVisible();
}

/** The window corrects its record, until it is told the number of the version. */
async function correct(talk: Talk, begins: () => void): Promise<void> {
  const { staff, number, notes } = talk;
  const note = `${number}登记的办件，改过${notes.length}次`;
  notes.push(note);
  await staff.page.getByLabel(/过程备注/).fill(note);
  begins();
  await staff.page.keyboard.press('Control+Enter');
  await expect(staff.page.getByText(new RegExp(`已登记 · .* · 第 ${notes.length} 版`)).first()).toBeVisible();
  talk.version = notes.length;
}

/** What both pages show as stored: without what they say is on its way. */
export async function shownBy({ citizen, staff, number, version }: Talk): Promise<Shown> {
  const [log, saved, lines] = await Promise.all([
    staff.page.getByRole('log', { name: '文字' }).innerText(),
    // A note that is written and not saved stands in the place of the version told before.
    staff.page.getByText(/已登记 · .* · 第 \d+ 版/).allInnerTexts(),
    citizen.page.getByRole('list', { name: '打字' }).getByRole('listitem').allInnerTexts(),
  ]);
  const stored = lines.map((text) => text.match(/^(?:您|工作人员)\s+(\S+)$/)?.[1] ?? '');
  return {
    number,
    atTheWindow: [...log.matchAll(/^(?:我|市民) \d+:\d+\s+(\S+)$/gm)].map(([, words]) => words ?? ''),
    onThePhone: stored.filter((words) => words !== ''),
    version: Number(saved[0]?.match(/第 (\d+) 版/)?.[1] ?? version),
  };
}

/** Which connection each page has; those of a server that was killed carry nothing more. */
export type Connections = { page: Page; peer: number }[];

export async function connectionsOf(talks: Talk[]): Promise<Connections> {
  const pages = talks.flatMap(({ citizen, staff }) => [citizen.page, staff.page]);
  return Promise.all(pages.map(async (page) => ({ page, peer: (await decoded(page)).peer })));
}

/** Until every page decodes sound over a connection newer than that, loud enough to be heard. Gives when the last did. */
export async function heardAgain(connections: Connections): Promise<number> {
  const times = await Promise.all(connections.map(({ page, peer }) => hearsAfter(page, peer)));
  return Math.max(...times);
}

async function hearsAfter(page: Page, peer: number): Promise<number> {
  let last = await decoded(page);
  const hears = async () => {
    const [now, level] = [await decoded(page), await played(page)];
    const grows = now.peer > peer && now.peer === last.peer && now.audioEnergy > last.audioEnergy;
    last = now;
    return grows && level > AUDIBLE;
  };
  await expect.poll(hears, { intervals: [LISTENED_EVERY_MS], timeout: 30_000, message: 'sound is decoded again and audible' }).toBe(true);
  return Date.now();
}

/** Each line stands on both pages once, in the order of the archive. */
export async function expectShown(talk: Talk, stored: string[]): Promise<void> {
  await expect(talk.citizen.page.getByRole('heading', { name: /正在和 .* 通话/ })).toBeVisible();
  await expect.poll(() => shownBy(talk), { message: `what is shown of the talk of ${talk.number}` }).toEqual({
    number: talk.number,
    atTheWindow: stored,
    onThePhone: stored,
    version: talk.notes.length,
  });
}

/** The talk goes on from there, and ends. */
export async function goOnAndEnd(talk: Talk): Promise<void> {
  const { citizen, staff } = talk;
  await windowSays(talk);
  await citizenSays(talk);
  await citizen.hangUp();
  await staff.button(/^完成/).click();
  await expect(staff.page.getByText('准备好了，等叫号').first()).toBeVisible();
}
