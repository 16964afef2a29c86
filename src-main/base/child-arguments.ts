import type { ChildEntry } from '../contract/port.ts';

/** The arguments with which each child is started, on every door. */
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
