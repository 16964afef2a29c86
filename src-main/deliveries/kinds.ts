/** The list: a new kind of destination is one file in `destinations/`, and one line here. */
export { command } from './destinations/command.ts';
export { desktopDestination } from './destinations/desktop.ts';
export { emailDestination } from './destinations/email.ts';
export { fileDestination } from './destinations/file.ts';
export { mqttDestination } from './destinations/mqtt.ts';
export { slack } from './destinations/slack.ts';
export { syslog } from './destinations/syslog.ts';
export { webhook } from './destinations/webhook.ts';
