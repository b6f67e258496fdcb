// Everything that is needed only from the call on, in one piece, loaded while its person waits.
export { useCall } from '@kit/call';
export { default as DoneScreen } from '../done/DoneScreen.vue';
export { default as CallScreen } from './CallScreen.vue';
