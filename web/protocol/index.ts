import type { CallRequest, ClientMessage, ServerMessage } from './generated/wire';

export * from './generated/wire';

/** The sections of a page's first offer, in the order of `MediaSection::ALL` in server/protocol. */
export const MEDIA_SECTIONS = ['audio', 'camera', 'share'] as const;

/** One section of the layout. */
export type MediaSection = (typeof MEDIA_SECTIONS)[number];

type Keyed<Message> = Message extends { key: string } ? Message : never;
type WithoutKey<Message> = Message extends unknown ? Omit<Message, 'key'> : never;

/** A message whose repetition does nothing twice, before its key is chosen. */
export type Operation = WithoutKey<Keyed<ClientMessage>>;

/** A message that is sent once and forgotten. */
export type Remark = Exclude<ClientMessage, { key: string }>;

/** What a page says about its call without waiting for an answer. */
export type CallRemark = Exclude<CallRequest, { key: string }>;

/** Messages of one topic. */
export type Notice<Topic extends ServerMessage['topic']> = Extract<ServerMessage, { topic: Topic }>;
