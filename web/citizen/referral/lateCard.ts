import { lateCode } from '../parts/lateCode';

/** The card of a referral. Few are referred, and nobody else loads it: so it is no part of the lane. */
export const { code: card, load: loadCard } = lateCode(() => import('./ReferralCard.vue'), '%late:ReferralCard%');
