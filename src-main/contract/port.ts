/** How a child process ended. Exit: it was asked to, or ended itself with 0. Crash: everything else. */
export type ChildEnd =
  { kind: 'exit'; code: 0 } | { kind: 'crash'; code: number | null; signal: string | null };

/** Main's end of the line to one child process. Messages are plain data. */
export interface ChildPort<ToChild, FromChild> {
  readonly pid: number | undefined;
  send(message: ToChild): void;
  onMessage(listener: (message: FromChild) => void): void;
  /** Called exactly once, also when the child could not be started. */
  onEnd(listener: (end: ChildEnd) => void): void;
  /** Ends the child at once. */
  kill(): void;
}

/** The child's end. A child leaves by itself when the line to main is cut. */
export interface ParentPort<ToParent, FromParent> {
  send(message: ToParent): void;
  onMessage(listener: (message: FromParent) => void): void;
  onCut(listener: () => void): void;
}

export type ChildEntry = 'collectors' | 'history' | 'postgres' | 'script' | 'report';

/** Starts a child process: `fork` on plain Node, `utilityProcess` on the desktop. */
export type Spawn = <ToChild, FromChild>(entry: ChildEntry) => ChildPort<ToChild, FromChild>;
