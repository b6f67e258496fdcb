// What people have been told against what the archive holds: each thing is there, once, and in its order.
import type { Waiting } from './crowd';
import type { Heard } from './ear';
import type { Moves } from './line';
import { type Archive, rowsOf } from './rows';
import type { Talk } from './talks';

/** What is wrong, by name. */
export type Found = { lost: string[]; doubled: string[]; reordered: string[] };

/** What an archive holds of the talks and of the line. */
export type Stored = {
  /** Numbers given, by who took one. */
  given: string[];
  /** Numbers that wait, in order. */
  waiting: string[];
  /** Numbers that were given up. */
  left: string[];
  /** Lines of each talk, in order. */
  lines: Map<string, string[]>;
  /** Notes of each talk's record, by version. */
  notes: Map<string, string[]>;
};

/** Each thing that was told is stored, and once; what was told in an order is stored in it. */
export function compare(told: string[], stored: string[]): Found {
  const times = (things: string[], thing: string) => things.filter((other) => other === thing).length;
  const known = new Set(told);
  const lost = told.filter((thing) => !stored.includes(thing));
  const doubled = [...new Set([...told, ...stored])].filter((thing) => times(stored, thing) > 1 || times(told, thing) > 1);
  const [expected, found] = [told.filter((thing) => !lost.includes(thing)), stored.filter((thing) => known.has(thing))];
  const reordered = doubled.length > 0 ? [] : expected.filter((thing, i) => found[i] !== thing);
  return { lost, doubled, reordered };
}

/** The same, and nothing else is stored: what nobody asked for was done twice. */
export function exactly(asked: string[], stored: string[]): Found {
  const found = compare(asked, stored);
  return { ...found, doubled: [...found.doubled, ...stored.filter((thing) => !asked.includes(thing))] };
}

function inAnyOrder(found: Found): Found {
  return { ...found, reordered: [] };
}

/** All together. */
export function all(found: Found[]): Found {
  return {
    lost: found.flatMap(({ lost }) => lost),
    doubled: found.flatMap(({ doubled }) => doubled),
    reordered: found.flatMap(({ reordered }) => reordered),
  };
}

export function storedIn(archive: Archive, talks: Talk[]): Stored {
  const numbers = (sql: string) => rowsOf(archive, sql).map(({ number }) => String(number));
  const talking = new Set(talks.map(({ number }) => number));
  const texts = (sql: string) => {
    const rows = rowsOf(archive, sql);
    return new Map(talks.map(({ number }) => [number, rows.filter((row) => row.number === number).map(({ words }) => String(words))]));
  };
  return {
    given: numbers("select number from events join visits on visits.id = events.visit where cause = 'took_number' order by seq"),
    waiting: numbers(
      'select number from visits where closed_at_ms is null order by order_band, order_effective_ms, order_seq',
    ).filter((number) => !talking.has(number)),
    left: numbers("select number from outcomes join visits on visits.id = outcomes.visit where outcome = 'abandoned' order by number_value"),
    lines: texts("select visits.number, json_extract(value, '$.body.text') as words from chat_lines join visits on visits.id = visit order by chat_lines.number"),
    notes: texts("select visit_number as number, json_extract(words, '$.note') as words from records order by version"),
  };
}

/** What people in line have been told when the program is killed. */
export type Known = {
  /** Numbers given to anybody. */
  given: string[];
  /** Who waits since before, in order. */
  waiting: string[];
  /** Who has just come and been told so, in no order. */
  came: string[];
  /** Who has left and been told so. */
  left: string[];
  /** So many wait for an answer. */
  unanswered: number;
};

export function knownInLine(line: Waiting[], { comes, leaves }: Moves): Known {
  const numbers = (people: Waiting[]) => people.map(({ number }) => number).filter((number) => number !== '');
  const [came, left] = [numbers(comes), numbers(leaves.filter(({ hasLeft }) => hasLeft))];
  const waiting = numbers(line.filter((person) => !leaves.includes(person)));
  const unanswered = comes.length - came.length + leaves.length - left.length;
  return { given: numbers([...line, ...comes]), waiting, came, left, unanswered };
}

/** What two in a talk have been told, and what they have written so far. */
export type KnownInTalk = { number: string; atTheWindow: string[]; onThePhone: string[]; notes: string[]; unanswered: number };

/** Of the sockets open now, once they have ended. */
export async function knownInTalk({ number, said, notes, ears }: Talk): Promise<KnownInTalk> {
  const [window, citizen] = await Promise.all([ears.window.untilTheEnd(), ears.citizen.untilTheEnd()]);
  const inOrder = ({ lines }: Heard) => [...lines].sort(([one], [other]) => one - other).map(([, words]) => words);
  const told = notes.slice(0, window.version);
  const lines = Math.max(window.lines.size, citizen.lines.size);
  const unanswered = said.window.length + said.citizen.length - lines + notes.length - told.length;
  return { number, atTheWindow: inOrder(window), onThePhone: inOrder(citizen), notes: told, unanswered };
}

/** What people knew against what the program left. */
export function compareAtKill(known: Known, talks: KnownInTalk[], stored: Stored): Found {
  return all([
    inAnyOrder(compare(known.given, stored.given)),
    compare(known.waiting, stored.waiting),
    inAnyOrder(compare(known.came, stored.waiting)),
    inAnyOrder(compare(known.left, stored.left)),
    ...talks.flatMap(({ number, atTheWindow, onThePhone, notes }) => {
      const lines = stored.lines.get(number) ?? [];
      return [compare(atTheWindow, lines), compare(onThePhone, lines), compare(notes, stored.notes.get(number) ?? [])];
    }),
  ]);
}

/** Everything that was asked for, answered or not, and nothing else, once all have come back and nothing is on its way. */
export function compareAfterReturn(line: Waiting[], gone: string[], talks: Talk[], stored: Stored): Found {
  const numbers = line.map(({ number }) => number);
  return all([
    inAnyOrder(exactly([...talks.map(({ number }) => number), ...numbers, ...gone], stored.given)),
    exactly(numbers, stored.waiting),
    inAnyOrder(exactly(gone, stored.left)),
    ...talks.flatMap(({ number, said, notes }) => {
      const lines = stored.lines.get(number) ?? [];
      return [
        inAnyOrder(exactly([...said.window, ...said.citizen], lines)),
        // Between two who write at once there is no order but that of the archive.
        compare(said.window, lines),
        compare(said.citizen, lines),
        exactly(notes, stored.notes.get(number) ?? []),
      ];
    }),
  ]);
}
