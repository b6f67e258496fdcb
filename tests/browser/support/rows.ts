// What the archive holds once the program has ended: read from the file itself, not through anything of ours.
import { execFileSync } from 'node:child_process';
import { expect } from '@playwright/test';
import type { House } from './house';

export type Row = Record<string, string | number | null>;

/** The rows a statement finds in the SQLite file of a closed house. */
export function rowsOf(house: House, sql: string): Row[] {
  const printed = execFileSync('sqlite3', ['-readonly', '-json', house.database, sql], { encoding: 'utf8' });
  return printed.trim() === '' ? [] : (JSON.parse(printed) as Row[]);
}

/** Every step is an event, in order and without a gap, and each holds the hash of the one before. */
export function expectWholeChain(house: House): void {
  const events = rowsOf(house, 'select seq, prev_hash, hash from events order by seq');
  expect(events.length).toBeGreaterThan(0);
  expect(events.map((event) => event.seq)).toEqual(events.map((_, i) => i + 1));
  expect(events.slice(1).map((event) => event.prev_hash)).toEqual(events.slice(0, -1).map((event) => event.hash));
}
