// The call of a page, in reading order:
//
// 1. useCall       what a page holds; joins the parts below, and nothing else knows all of them
// 2. link          how the page stands with the relay, as a pure step; liveLink lives it with its one timer
//    peer          one connection after another as the link asks; peerConnection is one of them, with its sections
//                  and codecs, and negotiation its descriptions
// 3. ownMedia      what this seat sends: microphone, ownPicture (camera and share), over devices; wakeLock
// 4. arriving      what comes from the other side: sound, pictures, and flow, which sees that the voice has stopped
//    useVoiceLost  whether a person is to be told so
// 5. level, quality   what is measured on the way
//    loop, silence    the same between talks, by a window alone: whether packets arrive, and whether the microphone gives anything
// 6. networkChange, environment   the browser; tests put another in its place (testing)
export type { DeviceTrouble, Facing } from './devices';
export { browserEnvironment, type CallEnvironment, callSupport } from './environment';
export type { LinkState } from './link';
export { createLoop, type LoopResult } from './loop';
export type { PictureState } from './ownPicture';
export type { SoundState } from './sound';
export { createSilence } from './silence';
export { type Call, type CallOptions, useCall } from './useCall';
