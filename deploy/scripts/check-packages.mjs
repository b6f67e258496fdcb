// The same for npm: every locked package has a licence of the list, a checksum, and comes from a registry.
import { existsSync, readFileSync } from 'node:fs';

const allowed = new Set([
  'MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0', 'CC0-1.0', 'CC-BY-4.0', 'Python-2.0', 'MIT-0', 'Unlicense',
  // Build and test tools only; nothing of them is in a page: lightningcss and axe-core.
  'MPL-2.0',
]);

/** `A OR B` needs one of them, `A AND B` all. */
function isAllowed(licence) {
  const plain = licence.replace(/[()]/g, '');
  return plain.split(' OR ').some((choice) => choice.split(' AND ').every((part) => allowed.has(part.trim())));
}

const wrong = [];
let count = 0;
for (const file of process.argv.slice(2).filter((name) => existsSync(name))) {
  for (const [name, entry] of Object.entries(JSON.parse(readFileSync(file, 'utf8')).packages)) {
    if (name === '' || entry.link) continue;
    count += 1;
    if (!isAllowed(entry.license ?? 'none')) wrong.push(`${file}: ${name}: licence ${entry.license ?? 'none'}`);
    if (!entry.integrity) wrong.push(`${file}: ${name}: no checksum`);
    if (/^(git|file|http:)/.test(entry.resolved ?? '')) wrong.push(`${file}: ${name}: comes from ${entry.resolved}`);
  }
}
for (const line of wrong) console.error(line);
console.log(`npm packages: ${count} looked at, ${wrong.length} refused`);
process.exit(wrong.length ? 1 : 0);
