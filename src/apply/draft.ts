/**
 * A message while it is put together, one assignment after the other: a thousand nodes take several thousand messages,
 * and spreading objects into each other costs a multiple.
 */
export type Draft<T> = { -readonly [K in keyof T]: T[K] };
