import { z } from 'zod';
import { nameSchema } from './fields.ts';
import { checkRule } from './rule-check.ts';
import { ruleShape } from './rule.ts';

/** Rules that a hub hands to its agents, and an agent takes. */
export const handedRulesAtMost = 200;
/** How large they may be together, as JSON in bytes. */
export const handedBytesAtMost = 256 * 1024;

const {
  enabled: _enabled,
  hosts: _hosts,
  hostTags: _hostTags,
  judgedBy: _judgedBy,
  ...handedShape
} = ruleShape;

/** What of a rule a hub may decide for another machine: how numbers are judged, and nothing that sends, runs or reads. */
export const handedRuleSchema = z.strictObject(handedShape).superRefine(checkRule).meta({ id: 'HandedRule' });
export type HandedRule = z.infer<typeof handedRuleSchema>;

/** What a hub answers to an agent that asks for rules: all that the agent is to judge. */
export const handOutSchema = z.object({ rules: z.array(handedRuleSchema) }).meta({ id: 'HandOut' });

/** The same as an agent reads it: each rule is looked at by itself. */
export const takenAnswerSchema = z.object({
  rules: z
    .array(z.unknown())
    .max(handedRulesAtMost, `more than the ${handedRulesAtMost} rules that are taken`),
});

/**
 * How it stands with a rule of the hub on this machine. `judged`: here, and not at the hub. `off`: the owner of this machine
 * switched it off here. `no_source`: nothing here samples what it judges. `refused`: it does not hold here.
 */
export const takenStateSchema = z
  .enum(['judged', 'off', 'no_source', 'refused'])
  .meta({ id: 'TakenRuleState' });

export const takenRuleSchema = z
  .object({
    /** As the hub calls it; alerts of it have `hub:` before it. Null where what came has none. */
    id: z.string().nullable(),
    /** Its name here, with a mark where a rule of this machine has the same name. */
    name: z.string(),
    state: takenStateSchema,
    /** Why it is not judged here; null where it is, or was switched off. */
    problem: z.string().nullable(),
    /** The rule; null where it is not valid here. */
    rule: handedRuleSchema.nullable(),
  })
  .meta({ id: 'TakenRule' });
export type TakenRule = z.infer<typeof takenRuleSchema>;

/** The rules that this machine has from a hub. */
export const hubRulesSchema = z
  .object({
    /** The address of the hub; null while rules are taken from none. */
    hub: z.string().nullable(),
    /** When the hub last said which rules there are, or that they are the same; null before it ever did. */
    heardAt: z.number().nullable(),
    /** Why the hub could not be asked last; null where it could. */
    problem: z.string().nullable(),
    rules: z.array(takenRuleSchema),
  })
  .meta({ id: 'HubRules' });
export type HubRules = z.infer<typeof hubRulesSchema>;

/** The prefix of the ids of rules from the hub; no rule of this machine can have it. */
export const fromHub = 'hub:';

/** A name alone, for a rule that is refused. */
export const takenNameSchema = z.object({ id: z.string().max(64).optional(), name: nameSchema.optional() });
