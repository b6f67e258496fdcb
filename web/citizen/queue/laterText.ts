import { createText } from '@kit/text/text';
import contact from '@locales/contact.json';
import hold from '@locales/hold.json';
import near from '@locales/near.json';
import priority from '@locales/priority.json';

/** Sentences that are loaded with what says them, once there is a number. */
export const { t: tLater } = createText({ contact, hold, near, priority });
