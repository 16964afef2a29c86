import type { Browser } from '@playwright/test';
import { join } from 'node:path';
import { ChromiumDisplay } from '../../src-main/testing/electron/chromium-display.ts';
import { launch } from '../../src-main/testing/electron/launch.ts';
import type { Stage } from './desktop-app.ts';

const recorder = join(import.meta.dirname, '../../src-main/testing/electron/recorder.ts');

/** The desktop on Node, its windows in this browser. */
export async function onStandIn(browser: Browser): Promise<Stage> {
  const display = await ChromiumDisplay.open(browser);
  return {
    name: `the stand-in (Node ${process.versions.node}, Chromium ${browser.version()})`,
    async start({ entry, args, env }) {
      const running = await launch(display, {
        entry,
        args,
        imports: [recorder],
        env,
      });
      return {
        process: running.process,
        output: running.output,
        pages: running.windows,
        evaluate: running.evaluate,
        ended: running.ended,
        async discard() {
          running.process.kill('SIGKILL');
          await running.ended;
        },
      };
    },
    close: () => display.close(),
  };
}
