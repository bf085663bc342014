// Markdown as GitHub shows it.

export const heading = (level, text) => `${'#'.repeat(level)} ${escape(text)}`;

export const code = (text) => `\`\`\`ts\n${unlinked(text)}\n\`\`\``;

/** A docstring as it stands, with what Markdown and HTML would take for theirs written out. Code stays. */
export const docText = (text) =>
  text
    .split('\n')
    .map((line) => (line.startsWith('    ') ? line : escapeProse(line)))
    .join('\n');

/** The tags of a docstring: what its parameters are, what it returns and throws, an example. */
export function tagLines(tags) {
  const lines = tags.flatMap(({ name, text }) => {
    const said = oneLine(text ?? '');
    switch (name) {
      case 'param': {
        const [, parameter, what] = /^(\S+)\s*(?:-\s*)?(.*)$/.exec(said) ?? [];
        return [`- \`${parameter}\`: ${escapeProse(what)}`];
      }
      case 'returns':
        return [`- Returns ${escapeProse(said)}`];
      case 'throws':
        return [`- Throws ${escapeProse(said)}`];
      case 'example':
        return [];
      default:
        throw new Error(`nothing shows the tag @${name}`);
    }
  });
  const examples = tags.filter(({ name }) => name === 'example').map(({ text }) => code(text));
  return [...(lines.length > 0 ? [lines.join('\n')] : []), ...examples].join('\n\n');
}

/** The anchors that GitHub makes of headings, by the heading; the first of a name has the shortest. */
export function anchors(headings) {
  const made = new Map();
  const count = new Map();
  for (const text of headings) {
    const slug = text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{Pc}\- ]/gu, '')
      .replaceAll(' ', '-');
    const seen = count.get(slug) ?? 0;
    count.set(slug, seen + 1);
    if (!made.has(text)) made.set(text, seen === 0 ? slug : `${slug}-${seen}`);
  }
  return made;
}

const oneLine = (text) =>
  unlinked(text)
    .replaceAll(/\s*\n\s*/g, ' ')
    .trim();

/** What links of docstrings lead to is linked below. */
const unlinked = (text) => text.replaceAll(/\{@link ([^}]+)\}/g, '$1');

/** Outside of `code`. */
const escapeProse = (text) =>
  text
    .split(/(`[^`]*`)/)
    .map((part, i) => (i % 2 === 1 ? part : escape(part)))
    .join('');

const escape = (text) => text.replaceAll(/[*<]|\[(?=[^\]]*\]\()/g, String.raw`\$&`);
