// Everything that is needed only once there is a number, while the hall is closed, or by few, in one piece, loaded while its person
// waits or reads: a second piece would split what both share from the page, which costs everybody a request. So even what fewest see
// comes along, as the card of a referral (1.6 KB compressed).
export { useCall } from '@kit/call';
export { default as AppointmentScreen } from '../appointment/AppointmentScreen.vue';
export { default as DoneScreen } from '../done/DoneScreen.vue';
export { default as HandoverButton } from '../handover/HandoverButton.vue';
export { default as HandoverScreen } from '../handover/HandoverScreen.vue';
export { default as LeaveScreen } from '../leave/LeaveScreen.vue';
export { default as LeftScreen } from '../leave/LeftScreen.vue';
export { default as MissedScreen } from '../missed/MissedScreen.vue';
export { default as ContactForm } from '../parts/ContactForm.vue';
export { default as MicrophoneTrouble } from '../parts/MicrophoneTrouble.vue';
export { default as HereReminder } from '../queue/HereReminder.vue';
export { default as PriorityChoice } from '../queue/PriorityChoice.vue';
export { default as WaitingChat } from '../queue/WaitingChat.vue';
export { default as ReferralDoor } from '../referral/ReferralDoor.vue';
export { default as SisterHalls } from '../sister/SisterHalls.vue';
export { default as CallScreen } from './CallScreen.vue';
