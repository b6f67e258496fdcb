export type { TicketAnswer } from './attempt';
export { newKey } from './key';
export { failedRemark, type Manner, type Outcome } from './operations';
export type { ConnectionState } from './state';
export { useLost } from './useLost';
export { type Connection, type ConnectionOptions, useConnection } from './useConnection';
