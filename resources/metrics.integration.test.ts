import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ScriptFolder } from '../src-main/testing/script-folder.ts';

const folder = join(import.meta.dirname, 'metrics');
const scripts = new ScriptFolder();
afterAll(() => scripts.close());

/** What each example says on any machine. */
const said: Record<string, string[]> = {
  'cpu_usage.py': ['cpu_usage'],
  'backups.py': ['backup_files', 'newest_backup_age_seconds'],
  'event_rate.ts': ['load_one_minute', 'seconds_since_last'],
  'logged_in.sh': ['logged_in'],
  'check_tmp.sh': ['entries', 'state'],
  'watch_all.py': ['violations'],
};

test.each(readdirSync(folder))('the example %s says what it promises', async (name) => {
  scripts.write(name, readFileSync(join(folder, name)));
  // psutil is where the system keeps it, not always in the Python that is first in PATH.
  const { values, error } = await scripts.run(
    name,
    name === 'cpu_usage.py' ? { interpreter: '/usr/bin/python3' } : {},
  );
  if (error?.message.includes("No module named 'psutil'") === true) return;
  expect([Object.keys(values).sort(), error]).toEqual([said[name], null]);
  for (const value of Object.values(values)) expect(value).toBeGreaterThanOrEqual(0);
});
