// Markdown as GitHub shows it.

export const heading = (level, text) => `${'#'.repeat(level)} ${escape(text)}`;

export const code = (text) => `\`\`\`ts\n${unlinked(text)}\n\`\`\``;

/** A docstring with the special characters of Markdown and HTML escaped, except in code. */
export const docText = (text) =>
  text
    .split('\n')
    .map((line) => (line.startsWith('    ') ? line : escapeProse(line)))
    .join('\n');

/** The tags of a docstring as a list: parameters, return value and errors; then the examples. */
export function tagLines(tags) {
  const lines = tags.flatMap(({ name, text }) => {
    const line = oneLine(text ?? '');
    switch (name) {
      case 'param': {
        const [, parameter, description] = /^(\S+)\s*(?:-\s*)?(.*)$/.exec(line) ?? [];
        return [`- \`${parameter}\`: ${escapeProse(description)}`];
      }
      case 'returns':
        return [`- Returns ${escapeProse(line)}`];
      case 'throws':
        return [`- Throws ${escapeProse(line)}`];
      case 'example':
        return [];
      default:
        throw new Error(`the tag @${name} is not supported`);
    }
  });
  const examples = tags.filter(({ name }) => name === 'example').map(({ text }) => code(text));
  return [...(lines.length > 0 ? [lines.join('\n')] : []), ...examples].join('\n\n');
}

/** GitHub's anchors of headings, by heading. The first of several equal headings has no number. */
export function anchors(headings) {
  const byHeading = new Map();
  const count = new Map();
  for (const text of headings) {
    const slug = text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{Pc}\- ]/gu, '')
      .replaceAll(' ', '-');
    const earlier = count.get(slug) ?? 0;
    count.set(slug, earlier + 1);
    if (!byHeading.has(text)) byHeading.set(text, earlier === 0 ? slug : `${slug}-${earlier}`);
  }
  return byHeading;
}

const oneLine = (text) =>
  unlinked(text)
    .replaceAll(/\s*\n\s*/g, ' ')
    .trim();

/** Replaces `{@link NAME}` by NAME; the page links the types that an item uses below it. */
const unlinked = (text) => text.replaceAll(/\{@link ([^}]+)\}/g, '$1');

/** Escapes text outside of `code`. */
const escapeProse = (text) =>
  text
    .split(/(`[^`]*`)/)
    .map((part, i) => (i % 2 === 1 ? part : escape(part)))
    .join('');

const escape = (text) => text.replaceAll(/[*<]|\[(?=[^\]]*\]\()/g, String.raw`\$&`);
