/** Names the values upon whose change the effect around it runs again. */
export function follow(...values: readonly unknown[]): number {
  return values.length;
}
