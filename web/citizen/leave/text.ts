import { createText } from '@kit/text/text';
import leave from '@locales/leave.json';

/** Sentences that are loaded with what says them. */
export const { t: tLeave } = createText({ leave });
