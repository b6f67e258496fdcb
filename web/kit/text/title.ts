import type { ItemBrief } from '@protocol';

/**
 * How what was typed stands in the title of an item: it is the title, stands at either end of it (居民医保 and 医保码 are both 医保),
 * somewhere within, or is its letters in order with others left out (医保 of 基本医疗保险).
 */
export type TitleMatch = 'whole' | 'end' | 'within' | 'letters' | null;

/** More letters than this are a sentence, and no abbreviation. */
const MOST_LETTERS = 4;

/** An item has two titles: the official name, and what people call it, which stands large on its button. */
export function matchTitle(item: ItemBrief, words: string, plain: (text: string) => string): TitleMatch {
  const official = plain(item.name);
  const titles = item.aliases[0] === undefined ? [official] : [official, plain(item.aliases[0])];
  if (titles.includes(words)) return 'whole';
  if (titles.some((title) => title.startsWith(words) || title.endsWith(words))) return 'end';
  if (titles.some((title) => title.includes(words))) return 'within';
  return words.length > 1 && words.length <= MOST_LETTERS && holdsInOrder(official, words) ? 'letters' : null;
}

/** Whether `text` holds all of `letters` in their order, with others between. */
export function holdsInOrder(text: string, letters: string): boolean {
  let from = 0;
  for (const letter of letters) {
    const at = text.indexOf(letter, from);
    if (at < 0) return false;
    from = at + letter.length;
  }
  return true;
}
