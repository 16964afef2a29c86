/**
 * A part of one of Electron's objects: whatever the stand-in has must have Electron's type. Event methods and
 * constructors are exempt, because they return the whole class; so are the members named as `Exempt`.
 */
export type Like<T, Exempt extends PropertyKey = never> = {
  [K in Exclude<keyof T, keyof NodeJS.EventEmitter | 'prototype' | Exempt>]?: T[K];
};
