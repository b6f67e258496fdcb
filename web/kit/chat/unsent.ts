import type { ChatBody, ChatLine, Seat } from '@protocol';

/** What is known of a line of this page's own. */
export type OwnLine = Readonly<{
  body: ChatBody | { is: 'uploading' };
  /** The last line that was known when it was written: its own comes later. */
  after: number;
  /** Its number once the hall has stored it. */
  number: number | null;
  /** The hall said no: it was not stored. Of any other failure nobody knows. */
  refused: boolean;
}>;

/** Those of the own lines that the chat does not show: known by their number, and before that by what they say. */
export function notShown<Line extends OwnLine>(
  own: readonly Line[],
  chat: readonly ChatLine[],
  seat: Seat,
): readonly Line[] {
  const found = new Set(own.map(({ number }) => number));
  return own.filter((line) => {
    if (line.number !== null) return !chat.some(({ number }) => number === line.number);
    if (line.refused) return true;
    const its = chat.find(
      ({ number, from, body }) => number > line.after && !found.has(number) && from === seat && says(body, line.body),
    );
    if (its) found.add(its.number);
    return !its;
  });
}

function says(stored: ChatBody, own: OwnLine['body']): boolean {
  if (stored.is === 'text') return own.is === 'text' && own.text === stored.text;
  return own.is === 'picture' && own.bulk === stored.bulk;
}
