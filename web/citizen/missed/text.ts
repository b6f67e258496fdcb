import { createText } from '@kit/text/text';
import missed from '@locales/missed.json';

/** Sentences that are loaded with what says them. */
export const { t: tMissed } = createText({ missed });
