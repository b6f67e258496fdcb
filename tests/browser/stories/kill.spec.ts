import { randomInt } from 'node:crypto';
import { expect, test } from '@playwright/test';
import { Chance } from '../support/chance';
import type { Waiting } from '../support/crowd';
import { House } from '../support/house';
import { expectTold, type Moves, settle, someComeAndGo, withLine } from '../support/line';
import { Moment } from '../support/moment';
import { copyOf, expectWholeChain, rowsOf } from '../support/rows';
import { inHouse } from '../support/scene';
import { beginTalk, busyUntil, expectHeard, expectShown, goOnAndEnd, heardAgain, type Talk } from '../support/talks';
import { all, compare, compareAfterReturn, compareAtKill, exactly, type Found, knownInLine, knownInTalk, storedIn } from '../support/told';

/** Calls under way talk again this soon after the kill, and on a machine of which nobody knows what else it does, this soon. */
const TALKING_AGAIN_MS = 5_000;
const TALKING_AGAIN_BESIDE_OTHERS_MS = 20_000;

const WINDOWS = ['wang', 'lin', 'zhao'] as const;
const WAITING = 50;

/** How many of the line a window sees, in order. */
const SEEN_BY_A_WINDOW = 30;

/**
 * `TALK_KILLS=100` makes it long, `KILL_SEED` repeats the draws of a run. The long run (tests/load/scripts/talk.sh) has the machine to
 * itself and holds the time; a test, which may not, prints it and holds the longer one.
 */
const KILLS = fromEnvironment('TALK_KILLS') ?? 3;
const LONGEST_MS = fromEnvironment('TALK_KILLS') === undefined ? TALKING_AGAIN_BESIDE_OTHERS_MS : TALKING_AGAIN_MS;
const SEED = fromEnvironment('KILL_SEED') ?? randomInt(2 ** 32);

/** No kill with all that is looked at after it takes longer. */
const ONE_KILL_MS = 60_000;

/** What the kills of a run have shown. Times are ms up to when the last of all pages heard again. */
type Tally = { kills: number; found: Found; cutOff: number; fromReachable: number[]; fromStart: number[]; fromKill: number[] };

/** Who is there while the server is killed. */
type Scene = { house: House; talks: Talk[]; line: Waiting[]; gone: string[]; chance: Chance; tally: Tally };

test('whatever is lost, there twice or in another order is found', () => {
  const told = ['A1', 'A2', 'A3'];
  expect(compare(told, ['A1', 'A2', 'A3', 'A4'])).toEqual(all([]));
  expect(compare(told, ['A1', 'A3'])).toEqual({ lost: ['A2'], doubled: [], reordered: [] });
  expect(compare(told, ['A1', 'A2', 'A2', 'A3'])).toEqual({ lost: [], doubled: ['A2'], reordered: [] });
  expect(compare([...told, 'A1'], told)).toEqual({ lost: [], doubled: ['A1'], reordered: [] });
  expect(compare(told, ['A1', 'A3', 'A2'])).toEqual({ lost: [], doubled: [], reordered: ['A2', 'A3'] });
  expect(exactly(told, [...told, 'A4'])).toEqual({ lost: [], doubled: ['A4'], reordered: [] });
});

test('E5: kill -9 again and again with fifty waiting and three talking: same numbers, same order, nobody twice, all that was told there once, talking again', async () => {
  test.setTimeout(240_000 + KILLS * ONE_KILL_MS);
  console.log(`KILL_SEED=${SEED} TALK_KILLS=${KILLS}`);
  const house = await House.setUp();
  house.amend({ max_chat_lines: 10_000 });
  const people = WINDOWS.map((name, i) => house.hire(name, `${name}老师`, `05${i}`));
  const tally: Tally = { kills: 0, found: all([]), cutOff: 0, fromReachable: [], fromStart: [], fromKill: [] };
  await inHouse(house, async (place) => {
    const talks: Talk[] = [];
    for (const [i, person] of people.entries()) talks.push(await beginTalk(place, person, `${i + 1}号窗口`));
    await withLine(house, WAITING, async (line) => {
      const scene: Scene = { house, talks, line, gone: [], chance: new Chance(SEED), tally };
      await expectTold(line);
      try {
        while (tally.kills < KILLS) await killOnce(scene);
      } finally {
        tell(tally);
      }
      expect(Math.max(...tally.fromKill), 'the calls talk again').toBeLessThan(LONGEST_MS);
      expect(tally.cutOff, 'things were on their way').toBeGreaterThan(0);
      await expectHeard(talks);
      for (const talk of talks) await goOnAndEnd(talk);
      await house.shut();
      house.run(['doctor', '--database']);
      expectEnds(scene);
    });
  });
});

/** A busy moment, its end, and everything as it was. */
async function killOnce(scene: Scene): Promise<void> {
  const { house, talks, line, gone, chance, tally } = scene;
  const moment = new Moment(chance);
  const cuts = new Map(line.map((person) => [person, person.cuts]));
  const heard = await heardAgain(talks);
  const moves = someComeAndGo(house, line, moment, chance);
  await Promise.all([killAt(moment, scene, moves, heard), moves.settled, ...talks.map((talk) => busyUntil(moment, talk))]);
  await settle(line, moves);
  gone.push(...moves.leaves.map(({ number }) => number));
  await expectTold(line);
  for (const [person, before] of cuts) if (line.includes(person)) expect(person.cuts - before, `${person.number} came back and stayed`).toBe(1);
  await expectAllThere(scene);
  tally.kills += 1;
}

/** Kills the program and begins it again at once, until all hear each other; holds what it left against what people had been told. */
async function killAt(moment: Moment, { house, talks, line, tally }: Scene, moves: Moves, heard: { at: Promise<number> }): Promise<void> {
  await moment.come;
  const told = Promise.all(talks.map(knownInTalk));
  const killedAt = Date.now();
  await house.kill();
  const [left, known] = [copyOf(house), knownInLine(line, moves)];
  const { startedAt, reachableAt } = await house.open();
  const heardAt = await heard.at;
  const [value, from_start, from_reachable] = [heardAt - killedAt, heardAt - startedAt, heardAt - reachableAt];
  print({ name: 'talking_again_after_kill', value, unit: 'ms', bar: TALKING_AGAIN_MS, from_start, from_reachable, kill: tally.kills + 1 });
  tally.fromReachable.push(from_reachable);
  tally.fromStart.push(from_start);
  tally.fromKill.push(value);
  const knownInTalks = await told;
  tally.cutOff += knownInTalks.reduce((sum, { unanswered }) => sum + unanswered, known.unanswered);
  note(tally, compareAtKill(known, knownInTalks, storedIn(left, talks)));
}

/** Everything that was asked for stands in the archive, and on the pages as there. */
async function expectAllThere({ house, talks, line, gone, tally }: Scene): Promise<void> {
  const stored = storedIn(house, talks);
  note(tally, compareAfterReturn(line, gone, talks, stored));
  for (const talk of talks) await expectShown(talk, stored.lines.get(talk.number) ?? []);
  const seen = line.slice(0, SEEN_BY_A_WINDOW).map(({ number }) => new RegExp(`^\\s*${number}(?!\\d)`));
  for (const { staff } of talks) {
    await expect(staff.page.getByRole('region', { name: '等待', exact: true }).getByRole('listitem')).toHaveText(seen);
  }
}

/** Counted, for the figures, and the end of the story. */
function note({ found }: Tally, more: Found): void {
  found.lost.push(...more.lost);
  found.doubled.push(...more.doubled);
  found.reordered.push(...more.reordered);
  expect(more, 'everything is there, once, in its order').toEqual(all([]));
}

function tell({ kills, found, cutOff, fromReachable, fromStart, fromKill }: Tally): void {
  const counts = { lost: found.lost.length, doubled: found.doubled.length, reordered: found.reordered.length, cut_off: cutOff };
  const again = {
    talking_again_bar: TALKING_AGAIN_MS,
    ...spread('talking_again', fromKill),
    ...spread('talking_again_from_start', fromStart),
    ...spread('talking_again_from_reachable', fromReachable),
  };
  print({ name: 'talk_kills', value: kills, unit: 'kills survived', budget: KILLS, ...counts, ...again, seed: SEED });
}

/** Half of the kills took no longer than `p50`, and none longer than `max`. */
function spread(name: string, values: number[]): Record<string, number | undefined> {
  const sorted = [...values].sort((one, other) => one - other);
  return { [`${name}_p50`]: sorted[Math.floor((sorted.length - 1) / 2)], [`${name}_max`]: sorted.at(-1) };
}

function print(figure: Record<string, unknown>): void {
  console.log(JSON.stringify(figure));
}

/** After the end: every visit that is over was served or given up, and every step to there is an event. */
function expectEnds({ house, talks, line, gone, tally }: Scene): void {
  note(tally, compareAfterReturn(line, gone, talks, storedIn(house, talks)));
  const served = rowsOf(house, "select number, state from visits join outcomes on outcomes.visit = visits.id where outcome = 'served' order by number_value");
  expect(served).toEqual(talks.map(({ number }) => ({ number, state: 'closed' })));
  expectWholeChain(house);
}

function fromEnvironment(name: string): number | undefined {
  const text = process.env[name];
  if (!text) return undefined;
  if (!/^\d+$/.test(text)) throw new Error(`${name} is a whole number, not ${text}`);
  return Number(text);
}
