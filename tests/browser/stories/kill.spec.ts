import { expect, test } from '@playwright/test';
import { House, type Person } from '../support/house';
import { Citizen, expectMedia, Staff } from '../support/people';
import { joinLine, type Told, type Waiting } from '../support/crowd';
import { expectWholeChain, rowsOf } from '../support/rows';
import { inHouse, type Place } from '../support/scene';

/** Calls under way talk again this soon after the server stands again. */
const TALKING_AGAIN_MS = 5_000;

const WINDOWS = ['wang', 'lin', 'zhao'] as const;
const WAITING = 50;

/** How many of the line a window sees, in order. */
const SEEN_BY_A_WINDOW = 30;

/** Two in a talk, and what the hall has told them is stored: lines in order, versions of the record in order. */
type Talk = { citizen: Citizen; staff: Staff; number: string; lines: string[]; notes: string[] };

test('E5: kill -9 with fifty waiting and three talking: same numbers, same order, nobody twice, all that was told there once, talking again', async () => {
  const house = await House.setUp();
  const people = WINDOWS.map((name, i) => house.hire(name, `${name}老师`, `05${i}`));
  await inHouse(house, async (place) => {
    const talks: Talk[] = [];
    for (const [i, person] of people.entries()) talks.push(await beginTalk(place, person, `${i + 1}号窗口`));
    for (const talk of talks) await sayAndLog(talk);
    await withLine(house, async (line) => {
      const numbers = line.map((person) => person.number);
      expect(new Set([...numbers, ...talks.map((talk) => talk.number)]).size).toBe(WAITING + talks.length);
      await expectTold(line);

      await house.kill();
      await expect.poll(() => line.filter((person) => person.cuts === 1).length, { message: 'every page is cut off' }).toBe(WAITING);
      for (const talk of talks) await windowWrites(talk, `${talk.number}断线时写的`);
      await house.open();
      await expectTalkingAgain(talks);
      await expectTold(line);
      await expectSeenInOrder(numbers, talks);
      for (const talk of talks) await goOnAndEnd(talk);
      expect(line.map((person) => person.cuts), 'whoever came back stayed').toEqual(line.map(() => 1));

      await house.shut();
      house.run(['doctor', '--database']);
      expectOnceInTheStore(house, numbers, talks);
    });
  });
});

/** Fifty who wait, each with an open page. */
async function withLine(house: House, story: (line: Waiting[]) => Promise<void>): Promise<void> {
  const line: Waiting[] = [];
  try {
    for (let i = 0; i < WAITING; i += 1) line.push(await joinLine(house));
    for (const person of line) person.open();
    await story(line);
  } finally {
    for (const person of line) person.close();
  }
}

async function beginTalk({ phones, desks, house }: Place, person: Person, window: string): Promise<Talk> {
  const staff = await Staff.arrive(desks, house, person);
  await staff.signIn();
  await staff.goOnDuty(window);
  const citizen = await Citizen.arrive(phones, house);
  const number = await citizen.takeNumber();
  await citizen.sayHere();
  await staff.acceptRing();
  await citizen.expectTalking();
  return { citizen, staff, number, lines: [], notes: [] };
}

/** Both write, and the record is saved and corrected: whoever sees a line of the other, or a version's number, has been told that it is stored. */
async function sayAndLog(talk: Talk): Promise<void> {
  await talk.citizen.button('打字').click();
  for (const round of ['一', '二', '三']) {
    await windowSays(talk, `窗口对${talk.number}说的第${round}句不能丢`);
    await citizenSays(talk, `${talk.number}说的第${round}句不能丢`);
  }
  const note = `${talk.number}登记的办件不能丢`;
  await talk.staff.saveRecord('居民养老', note);
  await talk.staff.page.getByLabel(/过程备注/).fill(`${note}，改过一次`);
  await talk.staff.page.keyboard.press('Control+Enter');
  await expect(talk.staff.page.getByText(/已登记 · .* · 第 2 版/).first()).toBeVisible();
  talk.notes.push(note, `${note}，改过一次`);
}

async function windowSays(talk: Talk, words: string): Promise<void> {
  await windowWrites(talk, words);
  await expect(talk.citizen.page.getByText(words, { exact: true }).first()).toBeVisible();
}

/** Written and on its way, to be stored once whenever the hall hears it. */
async function windowWrites({ staff, lines }: Talk, words: string): Promise<void> {
  await staff.page.getByLabel('打字给市民').fill(words);
  await staff.page.getByLabel('打字给市民').press('Enter');
  lines.push(words);
}

async function citizenSays({ citizen, staff, lines }: Talk, words: string): Promise<void> {
  await citizen.page.getByLabel('您要说的话').fill(words);
  await citizen.button('发送').click();
  await expect(staff.page.getByText(words, { exact: true }).first()).toBeVisible();
  lines.push(words);
}

async function expectTalkingAgain(talks: Talk[]): Promise<void> {
  const openAt = Date.now();
  await Promise.all(
    talks.map(async ({ citizen, staff }) => {
      await expectMedia(citizen.page, { sound: true });
      await expectMedia(staff.page, { sound: true });
    }),
  );
  const backMs = Date.now() - openAt;
  console.log(JSON.stringify({ name: 'talking_again_after_kill', value: backMs, unit: 'ms', bar: TALKING_AGAIN_MS }));
  expect(backMs, 'the calls talk again').toBeLessThan(TALKING_AGAIN_MS);
}

/** Everybody in line has a socket and has been told over it their number and how many are ahead. */
async function expectTold(line: Waiting[]): Promise<void> {
  const wanted: Told[] = line.map(({ number }, ahead) => ({ number, ahead: shown(ahead) }));
  await expect.poll(() => line.filter((person) => person.told).length, { timeout: 30_000, message: 'every page is welcomed' }).toBe(line.length);
  expect(line.map((person) => person.told)).toEqual(wanted);
}

/** As the windows see the line. */
async function expectSeenInOrder(numbers: string[], talks: Talk[]): Promise<void> {
  for (const { citizen, staff } of talks) {
    await expect(citizen.page.getByRole('heading', { name: /正在和 .* 通话/ })).toBeVisible();
    const entries = staff.page.getByRole('region', { name: '等待', exact: true }).getByRole('listitem');
    await expect(entries).toHaveText(numbers.slice(0, SEEN_BY_A_WINDOW).map((number) => new RegExp(`^\\s*${number}(?!\\d)`)));
  }
}

/** So many people ahead, as a page is told it: exactly up to five, then ever more roughly. */
function shown(ahead: number): Told['ahead'] {
  if (ahead <= 5) return { is: 'exact', count: ahead };
  if (ahead <= 10) return { is: 'between', from: 6, to: 10 };
  return { is: 'about', count: [15, 20, 30].find((most) => ahead <= most) ?? 50 };
}

/** What was said before is still to be read, the talk goes on from there, and ends. */
async function goOnAndEnd(talk: Talk): Promise<void> {
  const { citizen, staff } = talk;
  for (const page of [citizen.page, staff.page]) {
    for (const words of talk.lines) await expect(page.getByText(words, { exact: true })).toHaveCount(1);
  }
  await expect(staff.page.getByText(/已登记 · .* · 第 2 版/).first()).toBeVisible();
  await windowSays(talk, `接上了，${talk.number}接着说`);
  await citizenSays(talk, `${talk.number}听见了`);
  await citizen.hangUp();
  await staff.button(/^完成/).click();
  await expect(staff.page.getByText('准备好了，等叫号').first()).toBeVisible();
}

/** Every visit, line and version that somebody was told of stands in the archive once, and nothing else does. */
function expectOnceInTheStore(house: House, numbers: string[], talks: Talk[]): void {
  const waiting = rowsOf(house, 'select number from visits where closed_at_ms is null order by order_band, order_effective_ms, order_seq');
  expect(waiting.map((row) => row.number)).toEqual(numbers);
  const given = rowsOf(house, "select number, count(*) as times from visits join events on events.visit = visits.id and cause = 'took_number' group by visits.id order by number_value");
  expect(given).toEqual([...talks.map((talk) => talk.number), ...numbers].map((number) => ({ number, times: 1 })));
  const ends = rowsOf(house, 'select number, state, outcome from visits join outcomes on outcomes.visit = visits.id order by number_value');
  expect(ends).toEqual(talks.map(({ number }) => ({ number, state: 'closed', outcome: 'served' })));

  const lines = rowsOf(house, "select visits.number, json_extract(value, '$.body.text') as words from chat_lines join visits on visits.id = visit order by number_value, chat_lines.number");
  expect(lines).toEqual(talks.flatMap((talk) => talk.lines.map((words) => ({ number: talk.number, words }))));
  const records = rowsOf(house, "select visit_number as number, version, json_extract(words, '$.note') as note from records order by records.number_value, version");
  expect(records).toEqual(talks.flatMap((talk) => talk.notes.map((note, i) => ({ number: talk.number, version: i + 1, note }))));
  expectWholeChain(house);
}
