// A program with mounts of its own, as tests/support/namespace.rs has it for the stories without a browser.
import { spawnSync } from 'node:child_process';
import type { Picture } from './screens';

/** Set by hand on a machine that cannot do it, never by the automatic check: what needs it is then left out aloud. */
const WITHOUT = 'TESTS_WITHOUT_NAMESPACES';

/** Alone among its accounts, else as the machine's root. */
const WAYS = [['--user', '--map-root-user', '--mount'], ['--mount']];

/** What no program shows that has the machine's own mounts. */
export const SEEN_APART: readonly Picture[] = ['citizen-0-unbuilt', 'citizen-2-disk-full', 'staff-4-record-not-stored'];

/** What `unshare` is told, so that a program has mounts of its own. */
export function ownMounts(): string[] {
  const way = WAYS.find((words) => spawnSync('unshare', [...words, 'true']).status === 0);
  if (!way) throw new Error(`this account may make no namespaces: run the tests as root, or let accounts make them. Where neither can be, ${WITHOUT}=1 leaves out what needs them.`);
  return way;
}

/** Whether what needs mounts of its own is left out here. */
export function leavesOutMounts(): boolean {
  if (!process.env[WITHOUT]) return false;
  if (process.env.CI) throw new Error(`nothing is left out in the automatic check: ${WITHOUT} is set`);
  console.info(`LEFT OUT: ${SEEN_APART.join(', ')}: ${WITHOUT} is set`);
  return true;
}
