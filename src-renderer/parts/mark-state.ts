/** The mark's five states; all but `paused` are levels. */
export type MarkState = 'ok' | 'warning' | 'critical' | 'unknown' | 'paused';
