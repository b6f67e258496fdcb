// What few people need, in one piece, loaded when they ask for it.
export { default as HandoverOffer } from './HandoverOffer.vue';
export { default as HandoverScreen } from './HandoverScreen.vue';
