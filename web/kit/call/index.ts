export type { DeviceTrouble, Facing } from './devices';
export { browserEnvironment, type CallEnvironment, callSupport } from './environment';
export type { LinkState } from './peer';
export type { SoundState } from './sound';
export { type Call, type CallOptions, type PictureState, useCall } from './useCall';
