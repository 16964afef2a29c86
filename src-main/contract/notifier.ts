/** One notification. A later one about the same alert replaces it. */
export interface DesktopNotification {
  /** The same for every attempt of one delivery. */
  id: string;
  alertId: string;
  title: string;
  body: string;
  /** A second line, such as the program to look at; null if there is none. */
  detail: string | null;
  urgency: 'normal' | 'critical';
  /** It says that the alert is resolved. */
  isOver: boolean;
}

/** Shows notifications; on the desktop with Electron. */
export interface Notifier {
  /**
   * Resolves when the system has accepted it, or when it is only counted because too many are shown. Throws a
   * `PlimsollError` if the system refuses it.
   */
  show(notification: DesktopNotification): Promise<void>;
  /** Closes the notification about an alert, if there is one. */
  withdraw(alertId: string): void;
}
