/**
 * What text that is not quoted means. As in JSON `true`, `false` and numbers are what they say, and nothing is `null`, `~`
 * or no text at all. A number is one as JavaScript writes it: `80` and `0.5`, but not `1.0`, `08`, `0x50`, `1e3` or what
 * has more digits than a number keeps. Those, and everything else, are text, exactly as written: so that nothing changes on
 * its way to where text is wanted.
 */
export function scalarOf(text: string): string | number | boolean | null {
  if (text === '' || text === '~' || text === 'null') return null;
  if (text === 'true') return true;
  if (text === 'false') return false;
  const number = Number(text);
  return Number.isFinite(number) && String(number) === text ? number : text;
}
