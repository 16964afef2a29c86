import { ApiError } from '../client/api-error.ts';
import { m } from '../paraglide/messages.js';
import { engineWords } from './engine-words.ts';

/** The error of a request as text: the engine's own message if it sent one. */
export function problemWords(thrown: unknown): string {
  if (!(thrown instanceof ApiError)) return thrown instanceof Error ? thrown.message : String(thrown);
  if (thrown.code === 'unreachable') return m.problem_unreachable();
  if (thrown.code === 'stage_down') return m.problem_stage_down();
  return engineWords(thrown.message);
}
