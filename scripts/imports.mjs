// Finds the imports and exports of a TypeScript source in its text.

/**
 * Every import, export from, import() and require() of `source`, in order of `start`.
 *
 * `start` and `end` are its range in the text. A call without a literal has no specifier. `names` are the names in
 * braces, if there is nothing else; `star` is the name in `* as name`.
 */
export function importsOf(source) {
  const code = codeOf(source);
  const imports = [];
  for (const match of code.matchAll(
    /(?<![\w$.])(import|export)\s*(?:(type)\s+(?!from\b))?(?:(?<clause>[\w$\s{},*]*?)(?<![\w$])from\s*)?(?<quoted>(?:'[^']*'|"[^"]*"))/dg,
  )) {
    const { clause, quoted } = match.indices.groups;
    const listed = clause === undefined ? undefined : /^\s*\{([^{}]*)\}\s*$/.exec(code.slice(...clause));
    imports.push({
      specifier: source.slice(quoted[0] + 1, quoted[1] - 1),
      form: match[1],
      kind: match[2] === undefined ? 'value' : 'type',
      names: listed?.[1] === undefined ? undefined : namesIn(listed[1]),
      star: /^\s*\*(?:\s*as\s+([\w$]+))?\s*$/.exec(match.groups.clause ?? '')?.[1],
      start: match.index,
      end: match.index + match[0].length,
      line: lineAt(code, match.index),
    });
  }
  for (const match of code.matchAll(/(?<![\w$.])(?:import|require)\s*\(\s*(?<quoted>'[^']*'|"[^"]*")?/dg)) {
    const { quoted } = match.indices.groups;
    imports.push({
      specifier: quoted && source.slice(quoted[0] + 1, quoted[1] - 1),
      form: 'call',
      kind: 'value',
      start: match.index,
      end: match.index + match[0].length,
      line: lineAt(code, match.index),
    });
  }
  return imports.toSorted((a, b) => a.start - b.start);
}

const lineAt = (code, index) => code.slice(0, index).split('\n').length;

/** The names in braces: `a`, `b as c`, `type D`. */
function namesIn(list) {
  return list.split(',').flatMap((item) => {
    const match = /^\s*(type\s+(?!as\b))?([\w$]+)(?:\s+as\s+([\w$]+))?\s*$/.exec(item);
    if (match === null) return [];
    return [{ name: match[2], local: match[3] ?? match[2], type: match[1] !== undefined }];
  });
}

/** The names that `source` declares and exports itself, including types. */
export function declaredIn(source) {
  const code = codeOf(source);
  const declared = [
    ...code.matchAll(
      /(?<![\w$.])export\s+(?:declare\s+)?(?:async\s+|abstract\s+)*(?:function\s*\*?|class|const\s+enum|const|let|var|enum|interface|type)\s+([\w$]+)/g,
    ),
  ].map((match) => match[1]);
  const listed = [...code.matchAll(/(?<![\w$.])export\s*(?:type\s*)?\{([^{}]*)\}(?!\s*from)/g)].flatMap((match) =>
    namesIn(match[1]).map(({ local }) => local),
  );
  return [...declared, ...listed];
}

/** Replaces comments, and the contents of strings, templates and regular expressions, by blanks of the same length. */
export function codeOf(source) {
  const templateDepths = [];
  let depth = 0;
  let code = '';
  const pattern =
    /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\[\s\S]|[^'\\\n])*'|"(?:\\[\s\S]|[^"\\\n])*"|`|[{}]|\/(?![/*])|[^'"`{}/]+/g;
  for (let match; (match = pattern.exec(source));) {
    const [token] = match;
    if (token.startsWith('//') || token.startsWith('/*')) {
      code += blank(token);
    } else if (/^['"]/.test(token)) {
      code += token[0] + blank(token.slice(1, -1)) + token[0];
    } else if (token === '`' || (token === '}' && templateDepths.at(-1) === depth)) {
      // A template begins, or continues after an expression in it.
      if (token === '}') templateDepths.pop();
      const rest = /(?:\\[\s\S]|\$(?!\{)|[^`\\$])*(`|\$\{)?/y;
      rest.lastIndex = pattern.lastIndex;
      const [template, end] = rest.exec(source);
      pattern.lastIndex += template.length;
      if (end === '${') templateDepths.push(depth);
      code += `;${blank(template)}`;
    } else if (token === '/') {
      // A division after an operand; otherwise the beginning of a regular expression.
      const before = code.trimEnd().slice(-12);
      const divides =
        /[\w$)\]"'}]$/.test(before) && !/(?<![\w$.])(?:return|typeof|case|of|in|do|else|yield|await)$/.test(before);
      const literal = /(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y;
      literal.lastIndex = pattern.lastIndex;
      const found = divides ? null : literal.exec(source);
      if (found) pattern.lastIndex += found[0].length;
      code += found ? `0${blank(found[0])}` : token;
    } else {
      if (token === '{') depth++;
      if (token === '}') depth--;
      code += token;
    }
  }
  return code;
}

const blank = (text) => text.replace(/[^\n]/g, ' ');
