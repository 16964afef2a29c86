import { z } from 'zod';
import { nameSchema } from './fields.ts';
import { checkRule } from './rule-check.ts';
import { ruleShape } from './rule.ts';

/** Most rules that a hub hands out and an agent accepts. */
export const handedRulesAtMost = 200;
/** Largest size of these rules together, in bytes of JSON. */
export const handedBytesAtMost = 256 * 1024;

const {
  enabled: _enabled,
  hosts: _hosts,
  hostTags: _hostTags,
  judgedBy: _judgedBy,
  ...handedShape
} = ruleShape;

/** The fields of a rule that a hub may set on another machine: how numbers are evaluated, and nothing that sends, runs or reads. */
export const handedRuleSchema = z.strictObject(handedShape).superRefine(checkRule).meta({ id: 'HandedRule' });
export type HandedRule = z.infer<typeof handedRuleSchema>;

/** A hub's answer to an agent that asks for rules: all rules the agent is to evaluate. */
export const handOutSchema = z.object({ rules: z.array(handedRuleSchema) }).meta({ id: 'HandOut' });

/** The same answer as the agent parses it; each rule is checked separately later. */
export const takenAnswerSchema = z.object({
  rules: z
    .array(z.unknown())
    .max(handedRulesAtMost, `more than the ${handedRulesAtMost} rules that are taken`),
});

/**
 * State of a hub's rule on this machine. `judged`: evaluated here and not at the hub. `off`: switched off by this
 * machine's owner. `no_source`: no source here samples its metric. `refused`: it is not valid here.
 */
export const takenStateSchema = z
  .enum(['judged', 'off', 'no_source', 'refused'])
  .meta({ id: 'TakenRuleState' });

export const takenRuleSchema = z
  .object({
    /** Id at the hub; alerts have it with the prefix `hub:`. Null if the received rule has none. */
    id: z.string().nullable(),
    /** Name on this machine, with a mark if a local rule has the same name. */
    name: z.string(),
    state: takenStateSchema,
    /** Why it is not evaluated here; null if it is, or was switched off. */
    problem: z.string().nullable(),
    /** The rule itself; null if it is not valid. */
    rule: handedRuleSchema.nullable(),
  })
  .meta({ id: 'TakenRule' });
export type TakenRule = z.infer<typeof takenRuleSchema>;

/** The rules this machine received from a hub. */
export const hubRulesSchema = z
  .object({
    /** Address of the hub; null if rules are taken from none. */
    hub: z.string().nullable(),
    /** When the hub last sent its rules or confirmed that they are unchanged, epoch milliseconds; null if it never did. */
    heardAt: z.number().nullable(),
    /** Error of the last request to the hub; null if it succeeded. */
    problem: z.string().nullable(),
    rules: z.array(takenRuleSchema),
  })
  .meta({ id: 'HubRules' });
export type HubRules = z.infer<typeof hubRulesSchema>;

/** Prefix of the ids of rules from a hub. Ids of local rules cannot contain it. */
export const fromHub = 'hub:';

/** Reads only id and name, to show a rule that is refused. */
export const takenNameSchema = z.object({ id: z.string().max(64).optional(), name: nameSchema.optional() });
