import { createText } from '@kit/text/text';
import chat from '@locales/chat.json';

/** Sentences that are loaded with what says them. */
export const { t: tChat } = createText({ chat });
