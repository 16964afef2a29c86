/** The units in which a cooldown is read and typed. */
export const cooldownUnits = ['seconds', 'minutes', 'hours'] as const;
export type CooldownUnit = (typeof cooldownUnits)[number];

const secondsOf: Record<CooldownUnit, number> = { seconds: 1, minutes: 60, hours: 3600 };

/** A cooldown in the largest unit that says it without a fraction: 30 seconds, 10 minutes, 90 minutes, 2 hours. */
export function cooldownOf(seconds: number): { cooldown: number; cooldownUnit: CooldownUnit } {
  // None at all is said in the unit that most are said in.
  if (seconds === 0) return { cooldown: 0, cooldownUnit: 'minutes' };
  const unit = cooldownUnits.findLast((one) => seconds % secondsOf[one] === 0) ?? 'seconds';
  return { cooldown: seconds / secondsOf[unit], cooldownUnit: unit };
}

/** The same in whole seconds; null where it is none of them: missing, negative, longer than a week, or a part of one. */
export function cooldownSeconds(cooldown: number | null, unit: CooldownUnit): number | null {
  if (cooldown === null) return null;
  // 0.7 minutes are 42 seconds, whatever binary fractions make of them.
  const seconds = Math.round(cooldown * secondsOf[unit] * 1e6) / 1e6;
  return Number.isInteger(seconds) && seconds >= 0 && seconds <= 7 * 86_400 ? seconds : null;
}
