// Everything that is needed only from the call on, or by few, in one piece, loaded while its person waits: a second piece would
// split what both share from the page, which costs everybody a request.
export { useCall } from '@kit/call';
export { default as DoneScreen } from '../done/DoneScreen.vue';
export { default as HandoverOffer } from '../handover/HandoverOffer.vue';
export { default as HandoverScreen } from '../handover/HandoverScreen.vue';
export { default as CallScreen } from './CallScreen.vue';
