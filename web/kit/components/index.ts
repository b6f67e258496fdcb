export { default as YAnnouncer } from './YAnnouncer/YAnnouncer.vue';
export { announce, announceUrgently, hush, hushUrgent, takeBack } from './YAnnouncer/announce';
export { default as YButton } from './YButton/YButton.vue';
export { default as YField } from './YField/YField.vue';
export { default as YNotice } from './YNotice/YNotice.vue';
