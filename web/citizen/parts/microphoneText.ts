import { createText } from '@kit/text/text';
import microphone from '@locales/microphone.json';

/** Sentences that are loaded with what says them. */
export const { t: tMicrophone } = createText({ microphone });
