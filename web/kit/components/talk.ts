// What only a talk shows: apart from the other components, or the citizen's first page would carry it.
export { default as YLevel } from './YLevel/YLevel.vue';
export { default as YPicture } from './YPicture/YPicture.vue';
export { default as YSoundBar } from './YSoundBar/YSoundBar.vue';
