export type { TicketAnswer } from './attempt';
export { newKey } from './key';
export { failedRemark, type Outcome } from './operations';
export type { ConnectionState } from './state';
export { type Connection, type ConnectionOptions, useConnection } from './useConnection';
