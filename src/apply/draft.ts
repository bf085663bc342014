/**
 * A message that is built with assignments. A thousand nodes need several thousand messages, and object spreads take
 * several times as long.
 */
export type Draft<T> = { -readonly [K in keyof T]: T[K] };
