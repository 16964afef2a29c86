/** The list: a new kind of destination is one file in `destinations/`, and one line here. */
export { fileDestination } from './destinations/file.ts';
