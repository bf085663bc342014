// A declaration as code, without bodies and modifiers that say nothing to a caller.
import { SyntaxKind } from 'typescript/unstable/ast';
import { isComputed, shapeOf } from './shape.mjs';

/** How much of a constant's value or type is shown, in characters. */
const LONGEST = 160;

/** What a declaration is: `class`, `error`, `function`, `type` or `constant`. */
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

/** A function or a constant, a type with its members, the head of a class. */
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

/** The methods of a class that callers see: name, declaration and code of each. */
export const methodsOf = (program, node) =>
  node.members
    .filter((member) => isPublic(member) && member.kind === SyntaxKind.MethodDeclaration)
    .map((member) => ({
      node: member,
      name: member.name.getText(),
      isStatic: has(member, SyntaxKind.StaticKeyword),
      // What the language asks of it, and what the class that it extends says.
      isKnown: member.name.kind === SyntaxKind.ComputedPropertyName || has(member, SyntaxKind.OverrideKeyword),
      code: signature(program, member),
    }));

const has = (node, kind) => node.modifiers?.some((modifier) => modifier.kind === kind) ?? false;

/** Whether callers see a member of a class. */
export const isPublic = (member) =>
  member.kind !== SyntaxKind.ClassStaticBlockDeclaration &&
  member.name?.kind !== SyntaxKind.PrivateIdentifier &&
  !has(member, SyntaxKind.PrivateKeyword) &&
  !has(member, SyntaxKind.ProtectedKeyword);

/** A class with what of it is no method: how it is made, and its properties. */
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

/** A class up to its members. */
const headOf = (node) => bare(node.getText().slice(0, node.getText().indexOf('{'))).trim();

/** A function up to its body, with the type of what it returns. One of a class stands two columns to the right there. */
function signature(program, node) {
  const text = textUpTo(node, node.equalsGreaterThanToken ?? node.body).replace(/;$/, '');
  const head = node.parent.kind === SyntaxKind.ClassDeclaration ? text.replaceAll('\n  ', '\n') : text;
  if (node.type !== undefined || node.kind === SyntaxKind.Constructor) return head;
  return `${head}: ${program.textOf(program.returnTypeOf(node))}`;
}

function constant(program, { name, initializer, type }) {
  const value = initializer?.getText() ?? '';
  if (type === undefined && /^[\w\s<|.'-]+$/.test(value) && value.length < LONGEST)
    return `const ${name.text} = ${value}`;
  const text = type?.getText() ?? program.textOf(program.valueTypeOf(program.symbolOf({ name })));
  return `const ${name.text}: ${text.length > LONGEST ? text.replace(/<.*$/s, '<…>') : text}`;
}

/** The text of a node that stands before one of its parts. */
function textUpTo(node, part) {
  const text = node.getText();
  return bare(part === undefined ? text : text.slice(0, text.length - (node.end - part.pos))).trim();
}

/** Without what says how it is done, or only that it is exported. Blocks stand at the margin. */
const bare = (text) =>
  text.replace(/^(?:(?:export|declare|async|override|public) )+/, '').replace(/^(static )async /, '$1');
