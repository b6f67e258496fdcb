import { matchTitle } from '@kit/text/title';
import type { ItemBrief } from '@protocol';

const MOST_FOUND = 12;

const plain = (text: string) => text.toLowerCase().replace(/[\s，。、,.?？!！]/g, '');

/**
 * Items for what a person typed or dictated, best first: a name or alias that is the words; a title that has them at an
 * end, within, or shortens to them; another alias that begins with them or holds them; a longer sentence that holds an
 * alias (「我想办医保怎么弄」); initials of the pinyin; the group; at last the share of neighbouring characters they have in common.
 */
export function findItems(items: readonly ItemBrief[], typed: string): ItemBrief[] {
  const words = plain(typed);
  if (words === '') return [];
  return items
    .map((item) => ({ item, score: scoreOf(item, words) }))
    .filter(({ score }) => score > 0)
    .sort((one, other) => other.score - one.score)
    .slice(0, MOST_FOUND)
    .map(({ item }) => item);
}

const OF_TITLE = { whole: 100, end: 90, within: 80, letters: 70 } as const;

function scoreOf(item: ItemBrief, words: string): number {
  const match = matchTitle(item, words, plain);
  let best = match ? OF_TITLE[match] : plain(item.group).includes(words) ? 20 : 0;
  if (words.length > 1 && item.initials.startsWith(words)) best = Math.max(best, 50);
  else if (words.length > 2 && item.initials.includes(words)) best = Math.max(best, 30);
  for (const name of [item.name, ...item.aliases].map(plain)) {
    if (name === words) best = Math.max(best, 100);
    else if (name.startsWith(words)) best = Math.max(best, 65);
    else if (name.includes(words)) best = Math.max(best, 60);
    else if (name.length > 1 && words.includes(name)) best = Math.max(best, 40 + name.length);
  }
  return best > 0 ? best : likeness(words, plain([item.name, ...item.aliases].join(' ')));
}

/** Under 20: how many pairs of characters of `words` stand in `names`. One alone of a long sentence is chance. */
function likeness(words: string, names: string): number {
  let shared = 0;
  for (let at = 0; at + 2 <= words.length; at += 1) if (names.includes(words.slice(at, at + 2))) shared += 1;
  return shared === 1 && words.length > 6 ? 0 : Math.min(19, shared * 3);
}

/** What people call it, and the official name to stand small below it: 「医保」/「城乡居民基本医疗保险参保登记」. */
export function everydayName(item: ItemBrief): { name: string; official: string | null } {
  const everyday = item.aliases[0];
  return everyday ? { name: everyday, official: item.name } : { name: item.name, official: null };
}
