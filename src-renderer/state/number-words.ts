import { m } from '../paraglide/messages.js';
import type { Format } from './format.ts';
import type { NumberProblem } from './numbers.ts';

/** Why a text is not a number, and how it would be one. */
export function numberProblemWords(problem: NumberProblem, format: Format): string {
  switch (problem) {
    case 'empty':
      return m.number_empty();
    case 'not_a_number':
      return m.number_not_a_number({ example: format.number(80.5, 1) });
    case 'too_large':
      return m.number_too_large();
  }
}
