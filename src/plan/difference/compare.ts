/** Whether two plain values have the same type and the same members. An absent member equals an undefined one. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => same(item, b[i]));
  if (Array.isArray(b)) return false;
  const x = a as Readonly<Record<string, unknown>>;
  const y = b as Readonly<Record<string, unknown>>;
  for (const key in x) if (!same(x[key], y[key])) return false;
  for (const key in y) if (y[key] !== undefined && x[key] === undefined) return false;
  return true;
}

/** The members of `wanted` that differ in `actual`; undefined if none do. Other members of `actual` are ignored. */
export function changedMembers<T extends Readonly<Record<string, unknown>>>(
  wanted: T,
  actual: Readonly<Record<string, unknown>> | undefined,
): T | undefined {
  let changes: Record<string, unknown> | undefined;
  for (const key in wanted) {
    if (!same(wanted[key], actual?.[key])) (changes ??= {})[key] = wanted[key];
  }
  return changes as T | undefined;
}

/** The items, by key, that only `wanted` has (`missing`), and those that only `actual` has (`extra`). */
export function difference<T>(
  wanted: readonly T[],
  actual: readonly T[],
  key: (item: T) => string,
): { missing: T[]; extra: T[] } {
  if (actual.length === 0) return { missing: [...wanted], extra: [] };
  const wantedKeys = new Set(wanted.map(key));
  const actualKeys = new Set(actual.map(key));
  return {
    missing: wanted.filter((item) => !actualKeys.has(key(item))),
    extra: actual.filter((item) => !wantedKeys.has(key(item))),
  };
}
