export interface Limits {
  /** How long the request line and headers may take. */
  headersMs: number;
  /** How long a whole request may take to arrive. */
  requestMs: number;
  headerBytes: number;
  /** How long a connection may wait for its next request. */
  idleMs: number;
  /** While more requests of one connection wait for their answers, no further ones are read. */
  pipelined: number;
  /** Whoever comes beyond this many is told to come later; four times as many are not even heard. */
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
