const MOST = 5000;

/** What was made of a text before, or is made now: labs are alike, and a machine may have a hundred. */
export function memoized<T>(known: Map<string, T>, text: string, make: () => T): T {
  let found = known.get(text);
  if (found === undefined) {
    if (known.size === MOST) known.clear();
    known.set(text, (found = make()));
  }
  return found;
}
