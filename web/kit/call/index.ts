export type { DeviceTrouble, Facing } from './devices';
export { browserEnvironment, type CallEnvironment, callSupport } from './environment';
export type { LinkState } from './link';
export type { PictureState } from './ownPicture';
export type { SoundState } from './sound';
export { type Call, type CallOptions, useCall } from './useCall';
