import { holdsInOrder, matchTitle } from '@kit/text/title';
import type { ItemBrief } from '@protocol';

/** What the title says comes before any other word for it. */
const OF_TITLE = { end: 75, within: 70, letters: 65 } as const;

/** How well an item answers what was typed; larger is better, 0 is not at all. */
export function scoreItem(item: ItemBrief, typed: string): number {
  const wanted = normal(typed);
  if (wanted === '') return 1;
  const name = normal(item.name);
  const match = matchTitle(item, wanted, normal);
  if (match === 'whole') return 100;
  if (name.startsWith(wanted)) return 90;
  const aliases = item.aliases.map(normal);
  if (aliases.includes(wanted)) return 85;
  if (item.initials.startsWith(wanted)) return 80;
  if (match) return OF_TITLE[match];
  if (aliases.some((alias) => alias.startsWith(wanted))) return 62;
  if (aliases.some((alias) => alias.includes(wanted))) return 60;
  if (wanted.length > 1 && item.initials.includes(wanted)) return 50;
  if (normal(item.code).startsWith(wanted)) return 45;
  // Several words in any order: each must be found somewhere.
  const words = typed.trim().split(/\s+/).map(normal);
  if (words.length > 1 && words.every((word) => scoreItem(item, word) > 0)) return 40;
  if (normal(item.group).includes(wanted)) return 30;
  // Letters left out between: 医参保 finds 城乡居民基本医疗保险参保登记.
  return wanted.length > 1 && holdsInOrder(name, wanted) ? 20 : 0;
}

/** The best answers first, equals in the order of the catalogue. */
export function searchItems(items: readonly ItemBrief[], typed: string, most = 50): ItemBrief[] {
  return items
    .map((item, at) => ({ item, at, score: scoreItem(item, typed) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.at - b.at)
    .slice(0, most)
    .map(({ item }) => item);
}

/** Full-width letters and digits, capitals and spaces do not matter. */
function normal(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/g, '');
}
