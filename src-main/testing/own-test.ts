import { existsSync, readFileSync } from 'node:fs';

/** The tests that stand beside a kind of destination, as text; empty where there are none. */
export function ownTestOf(kind: string): string {
  const beside = (ending: string) => new URL(`../deliveries/destinations/${kind}${ending}`, import.meta.url);
  return ['.test.ts', '.integration.test.ts']
    .map(beside)
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file, 'utf8'))
    .join('');
}
