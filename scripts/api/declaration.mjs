// Formats a declaration as code, without bodies, and without modifiers that do not matter to callers.
import { SyntaxKind } from 'typescript/unstable/ast';
import { isComputed, shapeOf } from './shape.mjs';

/** The maximum length of a constant's value or type, in characters. */
const MAX_LENGTH = 160;

/** The kind of a declaration: `class`, `error`, `function`, `type` or `constant`. */
export function kindOf(node) {
  switch (node.kind) {
    case SyntaxKind.ClassDeclaration:
      return /\bextends \w*Error\b/.test(headOf(node)) ? 'error' : 'class';
    case SyntaxKind.FunctionDeclaration:
      return 'function';
    case SyntaxKind.VariableDeclaration:
      return node.initializer?.kind === SyntaxKind.ArrowFunction ? 'function' : 'constant';
    default:
      return 'type';
  }
}

/** The code of a function or a constant, of a type with its members, or of a class with its properties. */
export function codeOf(program, node, symbol) {
  switch (node.kind) {
    case SyntaxKind.ClassDeclaration:
      return classWithProperties(program, node);
    case SyntaxKind.FunctionDeclaration:
      return signature(program, node);
    case SyntaxKind.VariableDeclaration:
      return node.initializer?.kind === SyntaxKind.ArrowFunction && node.type === undefined
        ? `function ${node.name.text}${signature(program, node.initializer)}`
        : constant(program, node);
    default:
      return (isComputed(node) && shapeOf(program, node, symbol)) || bare(node.getText());
  }
}

/** The public methods of a class: name, declaration and code of each. */
export const methodsOf = (program, node) =>
  node.members
    .filter((member) => isPublic(member) && member.kind === SyntaxKind.MethodDeclaration)
    .map((member) => ({
      node: member,
      name: member.name.getText(),
      isStatic: has(member, SyntaxKind.StaticKeyword),
      // Methods of the language, such as Symbol.dispose, and of the base class need no docstring.
      isKnown: member.name.kind === SyntaxKind.ComputedPropertyName || has(member, SyntaxKind.OverrideKeyword),
      code: signature(program, member),
    }));

const has = (node, kind) => node.modifiers?.some((modifier) => modifier.kind === kind) ?? false;

/** True for a public member of a class. */
export const isPublic = (member) =>
  member.kind !== SyntaxKind.ClassStaticBlockDeclaration &&
  member.name?.kind !== SyntaxKind.PrivateIdentifier &&
  !has(member, SyntaxKind.PrivateKeyword) &&
  !has(member, SyntaxKind.ProtectedKeyword);

/** A class with its constructor and its properties, but without methods. */
function classWithProperties(program, node) {
  const lines = node.members
    .filter((member) => isPublic(member) && member.kind !== SyntaxKind.MethodDeclaration)
    .map((member) => commented(program, member, `${propertyCode(program, member)};`));
  return lines.length === 0 ? headOf(node) : `${headOf(node)} {\n${lines.join('\n')}\n}`;
}

function commented(program, member, line) {
  const symbol = program.symbolOf(member);
  const doc = symbol === undefined ? '' : program.docOf(symbol).text;
  return `${doc === '' ? '' : `  /** ${doc.replaceAll('\n', '\n   * ')} */\n`}  ${line.replaceAll('\n', '\n  ')}`;
}

function propertyCode(program, member) {
  if (member.kind !== SyntaxKind.PropertyDeclaration) return signature(program, member);
  const text = textUpTo(member, member.initializer).replace(/ =$|;$/, '');
  return member.type === undefined ? `${text}: ${program.textOf(program.valueTypeOf(program.symbolOf(member)))}` : text;
}

/** A class up to its opening brace. */
const headOf = (node) => bare(node.getText().slice(0, node.getText().indexOf('{'))).trim();

/** A function up to its body, with its return type. Methods lose the two columns of their indentation. */
function signature(program, node) {
  const text = textUpTo(node, node.equalsGreaterThanToken ?? node.body).replace(/;$/, '');
  const head = node.parent.kind === SyntaxKind.ClassDeclaration ? text.replaceAll('\n  ', '\n') : text;
  if (node.type !== undefined || node.kind === SyntaxKind.Constructor) return head;
  return `${head}: ${program.textOf(program.returnTypeOf(node))}`;
}

function constant(program, { name, initializer, type }) {
  const value = initializer?.getText() ?? '';
  if (type === undefined && /^[\w\s<|.'-]+$/.test(value) && value.length < MAX_LENGTH)
    return `const ${name.text} = ${value}`;
  const text = type?.getText() ?? program.textOf(program.valueTypeOf(program.symbolOf({ name })));
  return `const ${name.text}: ${text.length > MAX_LENGTH ? text.replace(/<.*$/s, '<…>') : text}`;
}

/** The text of a node before one of its parts. */
function textUpTo(node, part) {
  const text = node.getText();
  return bare(part === undefined ? text : text.slice(0, text.length - (node.end - part.pos))).trim();
}

/** Removes modifiers such as `export` and `async`. */
const bare = (text) =>
  text.replace(/^(?:(?:export|declare|async|override|public) )+/, '').replace(/^(static )async /, '$1');
