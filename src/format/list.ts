/** True if a value that can be a single one or a list is a list. (Array.isArray does not narrow readonly arrays.) */
export const isList = <T>(value: T): value is Extract<T, readonly unknown[]> => Array.isArray(value);

/** Returns an absent value, a single value or a list as a list. */
export const listOf = <T>(value: T | readonly T[] | undefined): readonly T[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as readonly T[]) : [value as T];
