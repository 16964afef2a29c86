import { m } from '../paraglide/messages.js';
import type { NumberProblem } from './numbers.ts';

/** Why a text is not a number, with an example of how to write one. */
export function numberProblemWords(problem: NumberProblem, example: string): string {
  switch (problem) {
    case 'empty':
      return m.number_empty();
    case 'not_a_number':
      return m.number_not_a_number({ example });
    case 'too_large':
      return m.number_too_large();
  }
}
