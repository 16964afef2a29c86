import { enrolmentLines } from '../contract/enrolment.ts';
import type { Enrolment, EnrolmentQuestion } from '../contract/enrolment.ts';
import type { Access } from './access.ts';

/**
 * Enrols a machine: creates its token, valid until `useBy` if unused, and the commands to run there. `now` is epoch
 * milliseconds.
 */
export function enrol(
  access: Pick<Access, 'enrol'>,
  { host, url, tags, withinSeconds }: EnrolmentQuestion,
  now: number,
  expect: (host: string, tags: readonly string[]) => void,
): Enrolment {
  const useBy = now + withinSeconds * 1000;
  const { token, view } = access.enrol(host, useBy);
  if (tags !== undefined) expect(host, tags);
  return { host, id: view.id, token, useBy, url, ...enrolmentLines({ host, token, url }) };
}
