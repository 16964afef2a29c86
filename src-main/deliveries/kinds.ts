/** The list: a new kind of destination is one file in `destinations/`, and one line here. */
export { apprise } from './destinations/apprise.ts';
export { command } from './destinations/command.ts';
export { desktopDestination } from './destinations/desktop.ts';
export { discord } from './destinations/discord.ts';
export { emailDestination } from './destinations/email.ts';
export { fileDestination } from './destinations/file.ts';
export { gotify } from './destinations/gotify.ts';
export { mqttDestination } from './destinations/mqtt.ts';
export { ntfy } from './destinations/ntfy.ts';
export { pagerduty } from './destinations/pagerduty.ts';
export { slack } from './destinations/slack.ts';
export { syslog } from './destinations/syslog.ts';
export { teams } from './destinations/teams.ts';
export { telegram } from './destinations/telegram.ts';
export { webhook } from './destinations/webhook.ts';
