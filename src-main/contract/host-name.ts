import type { Alert } from './alert.ts';

/** Tag in which a host with only an id as its name sends a readable name. */
const nameTag = 'agent_name:';
const visible = /[^\s\p{C}]/u;

/** What a host with these tags is called where people read it: the readable name that it sends, or else its name. */
export function hostNameOf(host: string, tags: readonly string[] = []): string {
  const said = tags
    .find((tag) => tag.startsWith(nameTag))
    ?.slice(nameTag.length)
    .trim();
  return said === undefined || !visible.test(said) ? host : said;
}

/** What the host of an alert is called where people read it. */
export function alertHostName({ series, tags }: Pick<Alert, 'series' | 'tags'>): string {
  return hostNameOf(series.host, tags);
}

/** The tags that are no name. */
export function tagsBesidesName(tags: readonly string[]): string[] {
  return tags.filter((tag) => !tag.startsWith(nameTag));
}
