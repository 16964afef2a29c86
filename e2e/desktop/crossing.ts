import type { DesktopApp } from './desktop-app.ts';

/**
 * Sets the line of the rule on memory below what every machine uses, or back above it with `calm`, and samples memory
 * twice a second, so that it is seen at once.
 */
export async function cross(
  app: DesktopApp,
  how: 'warning' | 'critical' | 'calm' = 'warning',
): Promise<void> {
  await app.changeSettings(({ rules, sources, monitoring }) => {
    monitoring.checkIntervalSeconds = 0.1;
    for (const source of sources) if (source.kind === 'memory') source.intervalSeconds = 0.5;
    const rule = rules.find(({ metric }) => metric === 'memory_percent');
    if (rule === undefined) throw new Error('there is no rule on memory');
    Object.assign(
      rule,
      how === 'calm' ? { threshold: 99.9 } : { threshold: 0.5, consecutiveViolations: 1, severity: how },
    );
  });
}
