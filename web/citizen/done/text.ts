import { createText } from '@kit/text/text';
import done from '@locales/done.json';
import rating from '@locales/rating.json';
import record from '@locales/record.json';

/** Sentences that are loaded with what says them. */
export const { t: tDone, tCode: tCodeDone } = createText({ done, rating, record });
