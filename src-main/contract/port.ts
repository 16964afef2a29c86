/** How a child process ended. Exit: on request, or by itself with code 0. Crash: anything else. */
export type ChildEnd =
  { kind: 'exit'; code: 0 } | { kind: 'crash'; code: number | null; signal: string | null };

/** The main process's end of the channel to one child process. Messages are plain data. */
export interface ChildPort<ToChild, FromChild> {
  readonly pid: number | undefined;
  send(message: ToChild): void;
  onMessage(listener: (message: FromChild) => void): void;
  /** Called exactly once, even if the child could not be started. */
  onEnd(listener: (end: ChildEnd) => void): void;
  /** Kills the child at once. */
  kill(): void;
}

/** The child's end. A child exits by itself when the channel to the main process is cut. */
export interface ParentPort<ToParent, FromParent> {
  send(message: ToParent): void;
  onMessage(listener: (message: FromParent) => void): void;
  onCut(listener: () => void): void;
}

export type ChildEntry = 'collectors' | 'history' | 'postgres' | 'script' | 'report';

/** Starts a child process: `fork` on plain Node, `utilityProcess` on the desktop. */
export type Spawn = <ToChild, FromChild>(entry: ChildEntry) => ChildPort<ToChild, FromChild>;
