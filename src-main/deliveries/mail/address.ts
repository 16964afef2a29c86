import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';

/** A mail address, ready for the envelope and the headers: all ASCII, nothing in it that either could misinterpret. */
export interface MailAddress {
  /** The display name; empty if none was given. */
  name: string;
  address: string;
}

/** RFC 5321, 4.5.3.1: octets of the part before the @, and of a path without its angle brackets. */
const mostLocal = 64;
const mostWhole = 254;

/** RFC 5322's dot-atom. The quoted form is legal, but in practice only occurs in injection attempts. */
const local = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** A display name before `<`: nothing with a meaning in an address, no control characters, nothing invisible. */
const named = /^([^<>@"\\,;:()[\]\p{C}\p{Zl}\p{Zp}]{1,200}) <([^<>]+)>$/u;

/**
 * Parses `a@b`, with the domain in any script; undefined for anything else. International domains are returned in ASCII
 * form.
 */
export function readAddress(text: string): string | undefined {
  const [before, after, ...rest] = text.split('@');
  if (before === undefined || after === undefined || rest.length > 0) return undefined;
  if (before.length > mostLocal || !local.test(before)) return undefined;
  const domain = asciiDomain(after);
  const address = `${before}@${domain ?? ''}`;
  return domain !== undefined && isIP(domain) === 0 && address.length <= mostWhole ? address : undefined;
}

/** A sender: `a@b` or `Name <a@b>`. */
export function readSender(text: string): MailAddress | undefined {
  const [, name, inBrackets] = named.exec(text) ?? [];
  const address = readAddress(inBrackets ?? text);
  return address === undefined ? undefined : { name: name?.trim() ?? '', address };
}

/**
 * A host name in ASCII form; undefined for anything that is not a name. IP addresses are returned unchanged, without
 * brackets.
 */
export function asciiDomain(text: string): string | undefined {
  if (isIP(text) !== 0) return text;
  // domainToASCII parses the host of a URL: it would shorten `a/b` to `a` and remove signs. None of these belong in a
  // name.
  if (text.length > 253 || /[\s/\\?#%:@[\]\p{C}]/u.test(text)) return undefined;
  const domain = domainToASCII(text);
  const labels = domain.split('.');
  // `1.2.3` and `0x7f` would have been turned into an IP address, which the text was not.
  const isName = domain.length <= 253 && labels.every((each) => label.test(each)) && isIP(domain) === 0;
  return isName ? domain : undefined;
}
