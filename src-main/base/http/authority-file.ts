import { open } from 'node:fs/promises';
import { z } from 'zod';
import { PlimsollError, systemCodeOf } from '../../contract/error.ts';

/** Largest file, in bytes: four times the size of all public authorities together. */
const bytesAtMost = 1024 ** 2;

/** The option of every client that connects by TLS to a server whose certificate authority is private. */
export const authorityFileSchema = z
  .string()
  .min(1)
  .max(4096, 'a path has at most 4096 characters')
  .refine((path) => !path.includes('\0'), 'must be a path, such as /etc/ssl/own-ca.pem')
  .meta({
    title: 'Authority file',
    description:
      'A PEM file with the certificate of an own authority; a relative path starts at the folder of the settings. It is trusted in place of the public ones; without it, those are.',
  });

/**
 * Reads the certificates in a PEM file, as text. Throws `unreadable` if the file cannot be read or contains none. A
 * key in the file by mistake is never repeated in a message.
 */
export async function readAuthorities(path: string): Promise<string> {
  const text = await readBounded(path);
  // Only certificates are passed on: Node treats text it cannot parse as an empty list, and would then silently trust
  // nobody.
  const certificates = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  if (certificates === null)
    throw new PlimsollError('unreadable', `The authority file ${path} holds no certificate in PEM form.`);
  return certificates.join('\n');
}

async function readBounded(path: string): Promise<string> {
  try {
    await using file = await open(path, 'r');
    const { size } = await file.stat();
    if (size <= bytesAtMost) return await file.readFile('latin1');
  } catch (thrown) {
    const code = systemCodeOf(thrown);
    throw new PlimsollError(
      'unreadable',
      `The authority file ${path} cannot be read${code === undefined ? '' : ` (${code})`}. Check the path and its permissions.`,
      { cause: thrown },
    );
  }
  throw new PlimsollError(
    'unreadable',
    `The authority file ${path} is larger than 1 MiB. Is it the right one?`,
  );
}
