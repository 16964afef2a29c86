import { m } from '../../paraglide/messages.js';
import type { FieldProblem } from '../../state/rule-fields.ts';

/** What is wrong with a field, and how it would be right. */
export function fieldProblemWords(problem: FieldProblem): string {
  switch (problem) {
    case 'name_empty':
      return m.problem_name_empty();
    case 'name_long':
      return m.problem_name_long();
    case 'metric_empty':
      return m.problem_metric_empty();
    case 'metric_long':
      return m.problem_metric_long();
    case 'threshold':
    case 'more_number':
      return m.number_empty();
    case 'upper_threshold':
      return m.problem_upper_threshold();
    case 'tolerance':
      return m.problem_tolerance();
    case 'consecutive':
      return m.problem_consecutive();
    case 'cooldown':
      return m.problem_cooldown();
  }
}
