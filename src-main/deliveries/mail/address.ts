import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';

/** A mail address, ready for the envelope and the headers: all ASCII, nothing in it that either could misread. */
export interface MailAddress {
  /** What people see in front of it; empty where nothing was given. */
  name: string;
  address: string;
}

/** RFC 5321, 4.5.3.1: octets of the part before the @, and of a path without its angle brackets. */
const mostLocal = 64;
const mostWhole = 254;

/** RFC 5322's dot-atom. The quoted form is legal, but only ever seen where somebody tries to smuggle something in. */
const local = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** Words before `<`: nothing that means something in an address, controls a line or hides. */
const named = /^([^<>@"\\,;:()[\]\p{C}\p{Zl}\p{Zp}]{1,200}) <([^<>]+)>$/u;

/** `a@b`, the domain in any script; undefined for whatever else. International domains come back as DNS knows them. */
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

/** A host's name as DNS knows it; undefined for what is not a name. IP addresses come back as they are, without brackets. */
export function asciiDomain(text: string): string | undefined {
  if (isIP(text) !== 0) return text;
  // domainToASCII reads the host out of a URL: it would cut `a/b` down to `a` and take signs out. None belongs in a name.
  if (text.length > 253 || /[\s/\\?#%:@[\]\p{C}]/u.test(text)) return undefined;
  const domain = domainToASCII(text);
  const labels = domain.split('.');
  // `1.2.3` and `0x7f` were made an IP address, which the text was not.
  const isName = domain.length <= 253 && labels.every((each) => label.test(each)) && isIP(domain) === 0;
  return isName ? domain : undefined;
}
