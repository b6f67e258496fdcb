import { reactive, readonly } from 'vue';

const said = reactive({ polite: '', urgent: '' });
// A trailing no-break space makes a repeated sentence a changed one: screen readers read it again.
const afresh = (before: string, sentence: string) => (before === sentence ? `${sentence}\u00a0` : sentence);

/** What YAnnouncer says now. */
export const announcements = readonly(said);

/** Says a change to people who do not see it: your turn, reconnecting, muted. */
export function announce(sentence: string): void {
  said.polite = afresh(said.polite, sentence);
}

/** The same, interrupting what is being read: only for "it is your turn" and a lost call. */
export function announceUrgently(sentence: string): void {
  said.urgent = afresh(said.urgent, sentence);
}

/** What was said is not found by whoever reads on from there: of another screen it would be a lie. */
export function hush(): void {
  said.polite = said.urgent = '';
}

/** The same of a turn that is over while the screen stays. */
export function hushUrgent(): void {
  said.urgent = '';
}

/** The same of one sentence, if it was the last, however it was said. */
export function takeBack(sentence: string): void {
  if (said.polite.trimEnd() === sentence) said.polite = '';
  if (said.urgent.trimEnd() === sentence) said.urgent = '';
}
