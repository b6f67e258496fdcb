export { newKey } from './key';
export type { Outcome } from './operations';
export type { ConnectionState } from './state';
export { type Connection, type ConnectionOptions, type TicketAnswer, useConnection } from './useConnection';
