/**
 * Returns the value of a plain (unquoted) YAML scalar. `true`, `false` and numbers are as in JSON; `null`, `~` and the
 * empty text are null. A number must be as JavaScript formats it: `80` and `0.5`, but not `1.0`, `08`, `0x50`, `1e3` or
 * more digits than a double has. Anything else is text, exactly as written, so that no text changes its spelling.
 */
export function scalarOf(text: string): string | number | boolean | null {
  if (text === '' || text === '~' || text === 'null') return null;
  if (text === 'true') return true;
  if (text === 'false') return false;
  const number = Number(text);
  return Number.isFinite(number) && String(number) === text ? number : text;
}
