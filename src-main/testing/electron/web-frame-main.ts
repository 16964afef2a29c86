import type * as Electron from 'electron';
import type { Like } from './like.ts';

/** A frame as a sender of messages: where it shows what, and whether it is the topmost of its window. */
export class StandInFrame {
  url: string;
  readonly parent: StandInFrame | null;
  readonly processId: number;
  readonly routingId = 1;
  readonly frameTreeNodeId: number;
  readonly detached = false;
  readonly name = '';

  constructor(id: number, url: string, parent: StandInFrame | null) {
    this.processId = id;
    this.frameTreeNodeId = id;
    this.url = url;
    this.parent = parent;
  }

  /** `URL` gives schemes that it does not know no origin; Chromium does for those that are registered. */
  get origin(): string {
    return /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i.exec(this.url)?.[0] ?? 'null';
  }

  get top(): StandInFrame {
    return this.parent?.top ?? this;
  }

  isDestroyed(): boolean {
    return false;
  }
}

export type FrameLike = Like<Electron.WebFrameMain, 'parent' | 'top'>;
null as unknown as StandInFrame satisfies FrameLike;
