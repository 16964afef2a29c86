import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

const folder = fileURLToPath(new URL('../.github/workflows/', import.meta.url));

/** Commits of releases, read in the repositories of the actions or in many that use them. Nothing else may run here. */
const known = {
  'actions/checkout': { commit: '08c6903cd8c0fde910a37f88322edcfb5dd907a8', release: 'v5.0.0' },
  'actions/setup-node': { commit: '2028fbc5c25fe9cf00d9f06a71cc4710d4507903', release: 'v6.0.0' },
  'actions/upload-artifact': { commit: 'b7c566a772e6b6bfb58ed0dc250532a479d7789f', release: 'v6.0.0' },
};

const condition = z.string().min(1).optional();
const step = z.union([
  z.strictObject({
    uses: z.enum(Object.entries(known).map(([name, { commit }]) => `${name}@${commit}`)),
    with: z.record(z.string(), z.union([z.string(), z.boolean()])).optional(),
    if: condition,
  }),
  // A script that names what somebody else may write (a title, a branch) would run it.
  z.strictObject({ run: z.string().regex(/^(?!.*\$\{\{)/s), name: z.string().optional(), if: condition }),
]);

/**
 * The part of GitHub's workflow syntax that is used here, after its reference "Workflow syntax for GitHub Actions". Strict:
 * a key that GitHub does not know is passed over there and believed here.
 */
const workflow = z.strictObject({
  name: z.string(),
  on: z.strictObject({
    push: z.strictObject({ branches: z.array(z.string()).optional(), tags: z.array(z.string()).optional() }),
    pull_request: z.null().optional(),
  }),
  permissions: z.strictObject({ contents: z.literal('read') }),
  concurrency: z.strictObject({ group: z.string(), 'cancel-in-progress': z.boolean() }).optional(),
  jobs: z.record(
    z.string().regex(/^[a-z_][a-z0-9_-]*$/),
    z.strictObject({
      strategy: z.strictObject({
        'fail-fast': z.boolean(),
        matrix: z.strictObject({
          os: z.array(z.enum(['ubuntu-24.04', 'macos-15', 'windows-2025'])).length(3),
        }),
      }),
      'runs-on': z.literal('${{ matrix.os }}'),
      'timeout-minutes': z.int().max(60),
      steps: z.array(step).min(1),
    }),
  ),
});

const names = readdirSync(folder);

it.each(names)('%s holds: its syntax, read-only rights, three systems, pinned actions', (name) => {
  const text = readFileSync(folder + name, 'utf8');
  const { jobs } = workflow.parse(parse(text));
  for (const { steps } of Object.values(jobs)) {
    const checkout = steps[0];
    expect(checkout).toMatchObject({ with: { 'persist-credentials': false } });
  }
  // The release beside a commit is for those who read; it must be the one of that commit.
  for (const [, action = '', release = ''] of text.matchAll(/uses: (.+)@\w+ # (.+)$/gm)) {
    expect({ action, release }).toEqual({ action, release: known[action as keyof typeof known].release });
  }
  expect(text.match(/uses:/g)).toHaveLength(text.match(/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/gm)?.length ?? 0);
});

it('tests with real Electron on every change, and builds installers on a tag without publishing them', () => {
  expect(names.sort()).toEqual(['installers.yml', 'test.yml']);
  const [installers, test] = names.map((name) => workflow.parse(parse(readFileSync(folder + name, 'utf8'))));
  expect(test?.on.push.branches).toEqual(['main']);
  expect(installers?.on).toEqual({ push: { tags: ['v*'] } });
  const scripts = (each: typeof test) =>
    Object.values(each?.jobs ?? {}).flatMap(({ steps }) =>
      steps.flatMap((one) => ('run' in one ? [one.run] : [])),
    );
  expect(scripts(test).join('\n')).toMatch(/install-electron --no[^]*xvfb-run[^]*npm test[^]*npm test/);
  expect(scripts(installers)).toContain('npx electron-builder --publish never');
});
