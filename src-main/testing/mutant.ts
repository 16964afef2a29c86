/** A file of the program, by the end of its path, and what stands in it in place of what. */
export interface Mutant {
  file: string;
  changes: readonly (readonly [from: string, to: string])[];
}

/**
 * The environment in which a program that runs unbuilt is one that makes a mistake: to show that a test would find it. A change
 * that finds nothing to change ends the program.
 */
export function mutantEnvironment({ file, changes }: Mutant): Record<string, string> {
  const hooks = `
    import { registerHooks } from 'node:module';
    const changes = ${JSON.stringify(changes)};
    registerHooks({
      load(url, context, next) {
        const loaded = next(url, context);
        if (!url.endsWith(${JSON.stringify(`/src-main/${file}`)})) return loaded;
        let source = String(loaded.source);
        for (const [from, to] of changes) {
          if (source.split(from).length !== 2) throw new Error('not once in ' + url + ': ' + from);
          source = source.replace(from, () => to);
        }
        return { ...loaded, source };
      },
    });`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hooks)}` };
}
