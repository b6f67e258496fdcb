import { createText } from '@kit/text/text';
import handover from '@locales/handover.json';

/** Sentences that are loaded with what says them. */
export const { t } = createText({ handover });
