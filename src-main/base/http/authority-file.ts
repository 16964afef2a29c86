import { open } from 'node:fs/promises';
import { z } from 'zod';
import { PlimsollError, systemCodeOf } from '../../contract/error.ts';

/** The certificates of all public authorities together are a quarter of this. */
const bytesAtMost = 1024 ** 2;

/** The option of everything that speaks TLS with a server whose authority is an own one. */
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
 * The certificates in a PEM file, as text. Throws `unreadable` when the file can not be read or holds none; a key that stands
 * in it by mistake is never repeated.
 */
export async function readAuthorities(path: string): Promise<string> {
  const text = await readBounded(path);
  // Nothing else is handed on: Node takes what it can not read for an empty list, and would then trust nobody without a word.
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
      `The authority file ${path} can not be read${code === undefined ? '' : ` (${code})`}. Check the path and its permissions.`,
      { cause: thrown },
    );
  }
  throw new PlimsollError(
    'unreadable',
    `The authority file ${path} is larger than 1 MiB. Is it the right one?`,
  );
}
