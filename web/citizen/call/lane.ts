// Everything that is needed only for a call, in one piece, loaded while its person waits.
export { useCall } from '@kit/call';
export { default as CallScreen } from './CallScreen.vue';
