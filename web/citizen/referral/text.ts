import { createText } from '@kit/text/text';
import referral from '@locales/referral.json';

/** Sentences that are loaded with what says them. */
export const { t } = createText({ referral });
