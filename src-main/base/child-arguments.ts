import type { ChildEntry } from '../contract/port.ts';

/** Command-line arguments of a child process, the same on the desktop and headless. */
export function childArguments(
  entry: ChildEntry,
  { dataDirectory, scriptFolder }: { dataDirectory: string; scriptFolder: string },
): string[] {
  switch (entry) {
    case 'collectors':
      return [dataDirectory, scriptFolder];
    case 'history':
      return [dataDirectory];
    case 'postgres':
    case 'script':
    case 'report':
      return [];
  }
}
