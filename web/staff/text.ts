import { createText } from '@kit/text/text';
import duration from '@locales/duration.json';
import result from '@locales/record.json';
import commonRefusals from '@locales/refusals.json';
import call from '@locales/staff-call.json';
import chat from '@locales/staff-chat.json';
import phrases from '@locales/staff-phrases.json';
import presence from '@locales/staff-presence.json';
import queue from '@locales/staff-queue.json';
import record from '@locales/staff-record.json';
import staffRefusals from '@locales/staff-refusals.json';
import ring from '@locales/staff-ring.json';
import suspension from '@locales/staff-suspension.json';
import staff from '@locales/staff.json';

/** A refusal speaks to the window in its own words where the citizen's would mislead. */
const refusals: Record<string, string> = { ...commonRefusals, ...staffRefusals };

export const { t, tCode } = createText({
  staff,
  presence,
  queue,
  ring,
  call,
  chat,
  phrases,
  record,
  result,
  refusals,
  suspension,
  duration,
});

/** 常用话, in the order of the keys 1–9. */
export const quickPhrases: readonly string[] = Object.values(phrases);
