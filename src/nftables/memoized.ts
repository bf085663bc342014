const MAX_ENTRIES = 5000;

/** Returns the cached value of a key, or makes and caches it. Namespaces of labs have many equal tables and rules. */
export function memoized<T>(cache: Map<string, T>, key: string, make: () => T): T {
  let value = cache.get(key);
  if (value === undefined) {
    if (cache.size === MAX_ENTRIES) cache.clear();
    cache.set(key, (value = make()));
  }
  return value;
}
