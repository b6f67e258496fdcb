// What the archive holds once the program has ended: read from the file itself, not through anything of ours.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import type { House } from './house';

/** A long day's rows. */
const MOST_BYTES = 256 << 20;

export type Row = Record<string, string | number | null>;

/** A house, or a copy of its archive. */
export type Archive = Pick<House, 'database'>;

/** The archive as a killed program left it, to be read while another goes on with it. */
export function copyOf(house: House): Archive {
  const database = join(house.folder, 'as-it-was-left.db');
  for (const part of ['', '-wal', '-shm']) {
    rmSync(`${database}${part}`, { force: true });
    if (part !== '-shm' && existsSync(`${house.database}${part}`)) copyFileSync(`${house.database}${part}`, `${database}${part}`);
  }
  return { database };
}

/** The rows a statement finds in the SQLite file of a house. */
export function rowsOf(archive: Archive, sql: string): Row[] {
  const printed = execFileSync('sqlite3', ['-readonly', '-json', archive.database, sql], { encoding: 'utf8', maxBuffer: MOST_BYTES });
  return printed.trim() === '' ? [] : (JSON.parse(printed) as Row[]);
}

/** Every step is an event, in order and without a gap, and each holds the hash of the one before. */
export function expectWholeChain(house: House): void {
  const events = rowsOf(house, 'select seq, prev_hash, hash from events order by seq');
  expect(events.length).toBeGreaterThan(0);
  expect(events.map((event) => event.seq)).toEqual(events.map((_, i) => i + 1));
  expect(events.slice(1).map((event) => event.prev_hash)).toEqual(events.slice(0, -1).map((event) => event.hash));
}
