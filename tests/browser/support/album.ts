// The pictures of a whole run: begun afresh, and at the end compared with the list of screens. A run of some stories only is asked nothing.
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { leavesOutMounts, SEEN_APART } from './apart';
import { repository } from './house';
import { SCREENS } from './screens';

/** Where the pictures lie, each as `<name>.png`. */
export const ALBUM = join(import.meta.dirname, '../output/screens');

/** The page of the server itself. */
const DOOR = '../server/edge/src/page/door.html';

/** Before the first story and, as what it gives, after the last. */
export default function keepAlbum(): (() => void) | undefined {
  // node, playwright, test: a word more chooses among the stories.
  if (process.argv.length > 3) return undefined;
  rmSync(ALBUM, { recursive: true, force: true });
  mkdirSync(ALBUM, { recursive: true });
  return () => {
    const files = [...readdirSync(ALBUM), ...(leavesOutMounts() ? SEEN_APART.map((name) => `${name}.png`) : [])];
    const holes = findHoles(SCREENS, [DOOR, ...['citizen', 'staff'].flatMap(componentsOf)], files);
    if (holes.length > 0) throw new Error(`tests/browser/support/screens.ts and this run differ:\n  ${holes.join('\n  ')}`);
  };
}

/** The components of one app and the page they come in, as the list calls them. */
function componentsOf(app: string): string[] {
  const files = readdirSync(join(repository, 'web', app), { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.vue') || file === 'index.html').map((file) => `${app}/${file}`);
}

/** What is listed and was not taken, and which components the list does not know or should forget. */
export function findHoles(screens: Record<string, readonly string[]>, components: readonly string[], files: readonly string[]): string[] {
  const listed = Object.entries(screens);
  const pictures = new Set(listed.flatMap(([, names]) => names));
  return [
    ...[...pictures].filter((name) => !files.includes(`${name}.png`)).map((name) => `not taken: ${name}`),
    ...components.filter((component) => !(component in screens)).map((component) => `not listed: ${component}`),
    ...listed.filter(([component]) => !components.includes(component)).map(([component]) => `listed, but no more there: ${component}`),
  ];
}
