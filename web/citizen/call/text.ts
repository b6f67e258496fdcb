import { createText } from '@kit/text/text';
import call from '@locales/call.json';

/** What is said in a talk alone, loaded with its screen. */
export const { t: tCall } = createText({ call });
