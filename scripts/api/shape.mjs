// What a type is that the compiler computes from a schema: its members, with their docstrings.
import { SyntaxKind } from 'typescript/unstable/ast';

/** Texts of types that are not for reading. */
const COMPUTED = /\b(?:Infer\w*|AttributesValue|StructValue|Attribute|Scalar|typeof)\b/;

/** The longest line, in characters. */
const WIDTH = 110;

/** The longest shape, in lines. */
const LONGEST = 300;

/** How many alternatives of a union are told one by one. */
const FEW = 12;

/** Whether a declaration of a type says less than the type itself. */
export const isComputed = (node) =>
  (node.kind === SyntaxKind.TypeAliasDeclaration && COMPUTED.test(node.type.getText())) ||
  (node.kind === SyntaxKind.InterfaceDeclaration && COMPUTED.test(node.heritageClauses?.[0]?.getText() ?? ''));

/** The whole type of a declaration, as code; undefined where that would fill pages, as the format of a file does. */
export function shapeOf(program, node, symbol) {
  const body = whole(program, program.typeOf(symbol), '');
  if (body.split('\n').length > LONGEST) return undefined;
  return node.kind === SyntaxKind.InterfaceDeclaration
    ? `interface ${symbol.name} ${body}`
    : `type ${symbol.name} =${body.startsWith('\n') ? '' : ' '}${body};`;
}

/** A type by its name, or in full where it has none, or one that nobody wrote. */
function textOf(program, type, indent) {
  const text = program.textOf(type);
  return COMPUTED.test(text) || (indent + text).length > WIDTH ? whole(program, type, indent) : text;
}

function whole(program, type, indent) {
  if (type.isUnionType()) return unionOf(program, type, indent);
  const element = program.elementOf(type);
  if (element !== undefined) return arrayOf(program.textOf(type), textOf(program, element, indent));
  if (!isStructure(program, type)) return program.textOf(type);
  return membersOf(program, type, indent);
}

/** What is made of members, and is no function, array or class. */
const isStructure = (program, type) =>
  (type.isObjectType() || type.isIntersectionType()) && !program.isCallable(type) && program.isOurs(type);

const arrayOf = (text, element) =>
  `${text.startsWith('readonly ') ? 'readonly ' : ''}${/[ {]/.test(element) ? `(${element})` : element}[]`;

function unionOf(program, type, indent) {
  const alternatives = type.getTypes();
  const structures = alternatives.filter((one) => isStructure(program, one));
  // Told one by one they would fill pages: together they have all members, of which each has some.
  if (structures.length > FEW) return membersOf(program, type, indent);
  const texts = [...new Set(alternatives.map((one) => textOf(program, one, indent)))];
  // The two values of a boolean are alternatives, too.
  const words =
    texts.includes('true') && texts.includes('false')
      ? ['boolean', ...texts.filter((text) => text !== 'true' && text !== 'false')]
      : texts;
  const line = words.join(' | ');
  return line.includes('\n') || (indent + line).length <= WIDTH
    ? line
    : `\n${indent}  | ${words.join(`\n${indent}  | `)}`;
}

function membersOf(program, type, indent) {
  const inner = `${indent}  `;
  const members = program.propertiesOf(type).map(({ name, readonly, optional, doc, type: of }) => {
    const comment = doc === '' ? '' : `${inner}/** ${doc.replaceAll('\n', `\n${inner} * `)} */\n`;
    const text = textOf(program, of, inner);
    const value = optional ? text.replace(/ \| undefined$|^undefined \| /, '') : text;
    const key = /^\w+$/.test(name) ? name : `'${name}'`;
    return `${comment}${inner}${readonly ? 'readonly ' : ''}${key}${optional ? '?' : ''}:${value.startsWith('\n') ? '' : ' '}${value};`;
  });
  const indexes = program
    .indexesOf(type)
    .map(({ key, type: of }) => `${inner}[key: ${program.textOf(key)}]: ${textOf(program, of, inner)};`);
  // Alternatives that have nothing in common.
  if (members.length + indexes.length === 0) return 'object';
  return `{\n${[...members, ...indexes].join('\n')}\n${indent}}`;
}
