// A reporter of node:test: one line of JSON for each test that failed by itself, and one of how many did what.
// To be read by scripts/test.mjs, which says at the very end of a long run what failed in it.
export default async function* failuresReporter(events) {
  const counts = {};
  for await (const { type, data } of events) {
    if (type === 'test:diagnostic' && data.nesting === 0) {
      const [, key, value] = /^(\w+) (\d+)$/.exec(data.message) ?? [];
      if (key !== undefined) counts[key] = Number(value);
    }
    // A suite fails when a test of it does.
    if (type !== 'test:fail' || data.details.error.failureType === 'subtestsFailed') continue;
    const { cause, message } = data.details.error;
    yield `${JSON.stringify({ file: data.file, name: data.name, error: cause?.stack ?? cause?.message ?? message })}\n`;
  }
  yield `${JSON.stringify({ counts })}\n`;
}
