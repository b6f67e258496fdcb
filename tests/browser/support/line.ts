// A long line behind the few who are looked at: who comes, who leaves, and what the hall tells those who stay.
import { expect } from '@playwright/test';
import type { Chance } from './chance';
import { joinLine, type Told, Waiting } from './crowd';
import type { House } from './house';
import type { Moment } from './moment';

/** At most so many come, and as many leave, before one kill. */
const MOST_MOVES = 3;

/** So many who wait, each with an open page; closed at the end. */
export async function withLine(house: House, people: number, story: (line: Waiting[]) => Promise<void>): Promise<void> {
  const line: Waiting[] = [];
  try {
    for (let i = 0; i < people; i += 1) line.push(await joinLine(house));
    for (const person of line) person.open();
    await story(line);
  } finally {
    for (const person of line) person.close();
  }
}

/** Who came and who left before the moment; each has begun to, and may wait for an answer. */
export type Moves = { comes: Waiting[]; leaves: Waiting[]; settled: Promise<unknown> };

/** A few come and as many leave, at drawn acts. */
export function someComeAndGo(house: House, line: Waiting[], moment: Moment, chance: Chance): Moves {
  const moves: Moves = { comes: [], leaves: [], settled: Promise.resolve() };
  const staying = [...line];
  const pairs = Array.from({ length: chance.between(1, MOST_MOVES) }, async () => {
    const [leaver] = staying.splice(chance.between(0, staying.length - 1), 1);
    await moment.at(moment.drawAct(chance));
    if (moment.over || !leaver) return;
    const newcomer = new Waiting(house);
    moves.comes.push(newcomer);
    moves.leaves.push(leaver);
    await Promise.all([leaver.leave(), newcomer.takeNumber().then((answered) => answered && newcomer.open())]);
  });
  moves.settled = Promise.all(pairs);
  return moves;
}

/** Whoever got no answer asks again; then the line is who stayed and who came, by their numbers. */
export async function settle(line: Waiting[], { comes, leaves }: Moves): Promise<void> {
  for (const person of comes.filter(({ number }) => number === '')) {
    expect(await person.takeNumber(), 'whoever asks again is answered').toBe(true);
    person.open();
  }
  for (const person of leaves) person.close();
  const value = ({ number }: Waiting) => Number(number.slice(1));
  const now = [...line.filter((person) => !leaves.includes(person)), ...comes].sort((one, other) => value(one) - value(other));
  line.splice(0, line.length, ...now);
}

/** Everybody in line has a socket and has been told over it their number and how many are ahead. */
export async function expectTold(line: Waiting[]): Promise<void> {
  const wanted: Told[] = line.map(({ number }, ahead) => ({ number, ahead: shown(ahead) }));
  await expect.poll(() => line.map((person) => person.told), { timeout: 30_000, message: 'every page is welcomed and told its place' }).toEqual(wanted);
}

/** So many people ahead, as a page is told it: exactly up to five, then ever more roughly. */
function shown(ahead: number): Told['ahead'] {
  if (ahead <= 5) return { is: 'exact', count: ahead };
  if (ahead <= 10) return { is: 'between', from: 6, to: 10 };
  return { is: 'about', count: [15, 20, 30].find((most) => ahead <= most) ?? 50 };
}
