/** Services that wait for each other in a circle, each for the one after it; undefined when none do. */
export function dependencyCycle(after: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (name: string): string[] | undefined => {
    if (done.has(name)) return undefined;
    const start = trail.indexOf(name);
    if (start >= 0) return trail.slice(start);
    trail.push(name);
    for (const next of after.get(name) ?? []) {
      const cycle = visit(next);
      if (cycle !== undefined) return cycle;
    }
    trail.pop();
    done.add(name);
    return undefined;
  };
  for (const name of after.keys()) {
    const cycle = visit(name);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
