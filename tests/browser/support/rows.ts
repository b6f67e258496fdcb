// What the archive holds once the program has ended: read from the file itself, not through anything of ours.
import { execFileSync } from 'node:child_process';
import type { House } from './house';

export type Row = Record<string, string | number | null>;

/** The rows a statement finds in the SQLite file of a closed house. */
export function rowsOf(house: House, sql: string): Row[] {
  const printed = execFileSync('sqlite3', ['-readonly', '-json', house.database, sql], { encoding: 'utf8' });
  return printed.trim() === '' ? [] : (JSON.parse(printed) as Row[]);
}
