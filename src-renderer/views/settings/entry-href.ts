import type { Difference } from '../../../src-main/contract/import.ts';
import type { Rule } from '../../../src-main/contract/rule.ts';
import { entryQuery } from '../../state/entries.ts';
import { routeHref } from '../../state/route.ts';

/** Where an entry is edited. */
export function entryHref({ list, name }: Pick<Difference, 'list' | 'name'>, rules: readonly Rule[]): string {
  switch (list) {
    case 'sources':
    case 'destinations':
      return routeHref(list, name, entryQuery(name));
    case 'rules':
      return routeHref('rules', rules.find((rule) => rule.name === name)?.id ?? null);
    case 'downtimes':
      return routeHref('downtimes');
    case 'reports':
      return routeHref('reports');
    case 'monitoring':
    case 'listen':
      return routeHref('settings', list);
  }
}
