// Talks that are cut off and go on: two people who write to each other and correct the record, what their pages show of it, and how
// soon they hear each other again.
import { expect, type Page } from '@playwright/test';
import { Ear } from './ear';
import type { Person } from './house';
import type { Moment } from './moment';
import { Citizen, expectMedia, Staff } from './people';
import type { Place } from './scene';
import { decoded, soundAfter } from './watch';

/** Two in a talk, what each has written, in order – lines, and notes of the record, a version each – and what their pages are told. */
export type Talk = {
  citizen: Citizen;
  staff: Staff;
  number: string;
  said: { window: string[]; citizen: string[] };
  notes: string[];
  ears: { window: Ear; citizen: Ear };
};

/** What the pages of a talk say is stored. */
type Shown = { atTheWindow: string[]; onThePhone: string[]; version: number };

export async function beginTalk({ phones, desks, house }: Place, person: Person, at: string): Promise<Talk> {
  const staff = await Staff.arrive(desks, house, person);
  const window = new Ear(staff.page);
  await staff.signIn();
  await staff.goOnDuty(at);
  const citizen = await Citizen.arrive(phones, house);
  const ears = { window, citizen: new Ear(citizen.page) };
  const number = await citizen.takeNumber();
  await citizen.sayHere();
  await staff.acceptRing();
  await citizen.expectTalking();
  await citizen.button('打字').click();
  const note = `${number}登记的办件`;
  await staff.saveRecord('居民养老', note);
  return { citizen, staff, number, said: { window: [], citizen: [] }, notes: [note], ears };
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
  const field = citizen.page.getByLabel('您要说的话');
  await field.fill(words);
  begins();
  // What moves under the thumb – a line comes in – is tapped once more, as anybody does who sees the words still there.
  await expect(async () => {
    if ((await field.inputValue()) === words) await citizen.button('发送').click();
    await expect(field).toHaveValue('', { timeout: 1_000 });
  }).toPass();
  await expect(staff.page.getByText(words, { exact: true }).first()).toBeVisible();
}

/** The window corrects its record, until it is told the number of the version. */
async function correct({ staff, number, notes }: Talk, begins: () => void): Promise<void> {
  const note = `${number}登记的办件，改过${notes.length}次`;
  notes.push(note);
  await staff.page.getByLabel(/过程备注/).fill(note);
  begins();
  await staff.page.keyboard.press('Control+Enter');
  await expect(staff.page.getByText(new RegExp(`已登记 · .* · 第 ${notes.length} 版`)).first()).toBeVisible();
}

/** What both pages show as stored: without what they say is on its way. */
async function shownBy({ citizen, staff }: Talk): Promise<Shown> {
  const [log, saved, lines] = await Promise.all([
    staff.page.getByRole('log', { name: '文字' }).innerText(),
    staff.page.getByText(/已登记 · .* · 第 \d+ 版/).first().innerText(),
    citizen.page.getByRole('list', { name: '打字' }).getByRole('listitem').allInnerTexts(),
  ]);
  const stored = lines.map((text) => text.match(/^(?:您|工作人员)\s+(\S+)$/)?.[1] ?? '');
  return {
    atTheWindow: [...log.matchAll(/^(?:我|市民) \d+:\d+\s+(\S+)$/gm)].map(([, words]) => words ?? ''),
    onThePhone: stored.filter((words) => words !== ''),
    version: Number(saved.match(/第 (\d+) 版/)?.[1]),
  };
}

/** When the last of all pages decodes sound over a connection newer than the one it has now: those of a killed server carry nothing. */
export async function heardAgain(talks: Talk[]): Promise<{ at: Promise<number> }> {
  const pages = await Promise.all(pagesOf(talks).map(async (page) => ({ page, nth: (await decoded(page)).peer })));
  const at = Promise.all(pages.map(({ page, nth }) => soundAfter(page, nth))).then((times) => Math.max(...times));
  // A story that fails before it asks closes the pages.
  at.catch(() => undefined);
  return { at };
}

/** Decoded sound is played, too. */
export async function expectHeard(talks: Talk[]): Promise<void> {
  await Promise.all(pagesOf(talks).map((page) => expectMedia(page, { sound: true })));
}

const pagesOf = (talks: Talk[]): Page[] => talks.flatMap(({ citizen, staff }) => [citizen.page, staff.page]);

/** Each line stands on both pages once, in the order of the archive. */
export async function expectShown(talk: Talk, stored: string[]): Promise<void> {
  await expect(talk.citizen.page.getByRole('heading', { name: /正在和 .* 通话/ })).toBeVisible();
  await expect.poll(() => shownBy(talk), { message: `what is shown of the talk of ${talk.number}` }).toEqual({
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
  await staff.expectFree();
}
