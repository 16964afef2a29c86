import { createHash } from 'node:crypto';
import type { HandedRule } from '../../contract/hub-rules.ts';
import type { Rule } from '../../contract/rule.ts';
import { isAboutHost, prepare } from '../../rules/prepare.ts';
import type { TagsOfHost } from '../../rules/prepare.ts';

/** The rules that one host evaluates itself, and a tag by which an agent asks whether they changed. */
export interface HandOut {
  rules: HandedRule[];
  /** An HTTP entity tag, including the quotes. */
  tag: string;
}

/** Queries for the rules that agents evaluate. */
export interface HandedRulesApi {
  /**
   * The rules that this hub hands to the agent of a host: only those that apply to it, without their references to
   * other hosts.
   */
  of(host: string): HandOut;
}

/** Hands rules of the settings to the agents that ask for them. */
export class HandedRules implements HandedRulesApi {
  readonly #rules: () => readonly Rule[];
  readonly #tagsOfHost: TagsOfHost;

  constructor(rules: () => readonly Rule[], tagsOfHost: TagsOfHost) {
    this.#rules = rules;
    this.#tagsOfHost = tagsOfHost;
  }

  of(host: string): HandOut {
    const chosen = this.#rules().filter(
      (rule) => isHanded(rule) && isAboutHost(prepare(rule), host, this.#tagsOfHost),
    );
    const ids = new Set(chosen.map(({ id }) => id));
    const rules = chosen.map((rule) => handed(rule, ids));
    const digest = createHash('sha256').update(JSON.stringify(rules)).digest('base64url');
    return { rules, tag: `"${digest.slice(0, 22)}"` };
  }
}

/** Whether a rule is for agents to evaluate. */
export function isHanded({ enabled, judgedBy }: Pick<Rule, 'enabled' | 'judgedBy'>): boolean {
  return enabled && judgedBy === 'agent';
}

/** Without the parts that only the hub needs. A parent that the machine does not have has no effect there. */
function handed(
  { enabled: _enabled, judgedBy: _judgedBy, hosts: _hosts, hostTags: _hostTags, parents, ...rule }: Rule,
  ids: ReadonlySet<string>,
): HandedRule {
  const known = parents?.filter((id) => ids.has(id)) ?? [];
  return known.length === 0 ? rule : { ...rule, parents: known };
}
