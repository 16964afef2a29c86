/** One notification. A later one about the same alert takes its place. */
export interface DesktopNotification {
  /** The same for every attempt of the same delivery. */
  id: string;
  alertId: string;
  title: string;
  body: string;
  /** A second line, such as the program to look at; null where there is nothing more to say. */
  detail: string | null;
  urgency: 'normal' | 'critical';
  /** It says that the alert is over. */
  isOver: boolean;
}

/** What shows notifications. Electron's on the desktop. */
export interface Notifier {
  /** Resolves when the system has taken it, or when it is counted among those for which there was no room; throws a `PlimsollError` when it refuses. */
  show(notification: DesktopNotification): Promise<void>;
  /** Takes away what is shown about an alert; nothing when there is nothing. */
  withdraw(alertId: string): void;
}
