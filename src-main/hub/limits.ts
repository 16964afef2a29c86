export interface Limits {
  /** How long the request line and headers may take. */
  headersMs: number;
  /** How long a whole request may take to arrive. */
  requestMs: number;
  headerBytes: number;
  /** How long a connection may wait for its next request. */
  idleMs: number;
  /** While more requests of one connection wait for their answers, no more are read. */
  pipelined: number;
  /** Connections beyond this many are asked to come later; beyond four times as many they are closed unread. */
  connections: number;
}

export const defaultLimits: Limits = {
  headersMs: 10_000,
  requestMs: 30_000,
  headerBytes: 16 * 1024,
  idleMs: 30_000,
  pipelined: 32,
  connections: 512,
};
