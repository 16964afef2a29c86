import type * as Electron from 'electron';
import { EventEmitter } from 'node:events';
import { Cancellable } from './cancellable.ts';
import type { Like } from './like.ts';

export class StandInNotification extends EventEmitter {
  readonly id: string;
  readonly groupId: string;
  title: string;
  subtitle: string;
  body: string;
  silent: boolean;
  urgency: 'normal' | 'critical' | 'low';
  timeoutType: 'default' | 'never';
  actions: Electron.NotificationAction[];
  #isShown = false;

  constructor(options: Electron.NotificationConstructorOptions = {}) {
    super();
    this.id = options.id ?? '';
    this.groupId = options.groupId ?? '';
    this.title = options.title ?? '';
    this.subtitle = options.subtitle ?? '';
    this.body = options.body ?? '';
    this.silent = options.silent ?? false;
    this.urgency = options.urgency ?? 'normal';
    this.timeoutType = options.timeoutType ?? 'default';
    this.actions = options.actions ?? [];
  }

  static isSupported(): boolean {
    return true;
  }

  show(): void {
    this.#isShown = true;
    setImmediate(() => this.emit('show', new Cancellable()));
  }

  close(): void {
    if (!this.#isShown) return;
    this.#isShown = false;
    setImmediate(() => this.emit('close', Object.assign(new Cancellable(), { reason: 'applicationHidden' })));
  }
}

null as unknown as StandInNotification satisfies Like<Electron.Notification>;
