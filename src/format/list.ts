/** Whether a value that is one or several is several. Array.isArray does not narrow a readonly array away. */
export const isList = <T>(value: T): value is Extract<T, readonly unknown[]> => Array.isArray(value);

/** A value that is none, one or several as a list. */
export const listOf = <T>(value: T | readonly T[] | undefined): readonly T[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as readonly T[]) : [value as T];
