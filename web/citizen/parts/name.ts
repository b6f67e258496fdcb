import { tLater } from '../queue/laterText';

/** Longest name the hall takes, characters: `NAME` of server/core/src/hall/text.rs. */
const MOST = 20;

/** What is wrong with the length of a name, or null. Characters are counted as the hall counts them, not as UTF-16 does. */
export function nameTrouble(typed: string): string | null {
  const count = [...typed.trim()].length;
  return count > MOST ? tLater('contact.name_length', { count, most: MOST }) : null;
}
