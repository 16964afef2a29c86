/** The list: a new kind of destination is one file in `destinations/`, and one line here. */
export { desktopDestination } from './destinations/desktop.ts';
export { emailDestination } from './destinations/email.ts';
export { fileDestination } from './destinations/file.ts';
export { hub } from './destinations/hub.ts';
export { influxdb } from './destinations/influxdb.ts';
export { remoteWrite } from './destinations/remote-write.ts';
export { slack } from './destinations/slack.ts';
export { webhook } from './destinations/webhook.ts';
