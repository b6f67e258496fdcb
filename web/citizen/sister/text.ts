import { createText } from '@kit/text/text';
import sister from '@locales/sister.json';

/** Sentences that are loaded with what says them. */
export const { t } = createText({ sister });
