// Formats types that the compiler computes from a schema: their members, with their docstrings.
import { SyntaxKind } from 'typescript/unstable/ast';

/** Names of type operators in computed types, which would mean nothing to a reader. */
const COMPUTED = /\b(?:Infer\w*|AttributesValue|StructValue|Attribute|Scalar|typeof)\b/;

/** The maximum line length in characters. */
const WIDTH = 110;

/** The maximum length of a type in lines. */
const MAX_LINES = 300;

/** The maximum number of object types in a union that are listed separately. */
const MAX_ALTERNATIVES = 12;

/** True if a type declaration is computed from a schema. */
export const isComputed = (node) =>
  (node.kind === SyntaxKind.TypeAliasDeclaration && COMPUTED.test(node.type.getText())) ||
  (node.kind === SyntaxKind.InterfaceDeclaration && COMPUTED.test(node.heritageClauses?.[0]?.getText() ?? ''));

/**
 * The complete type of a declaration as code; undefined if it is longer than {@link MAX_LINES}, as for topology files.
 */
export function shapeOf(program, node, symbol) {
  const body = whole(program, program.typeOf(symbol), '');
  if (body.split('\n').length > MAX_LINES) return undefined;
  return node.kind === SyntaxKind.InterfaceDeclaration
    ? `interface ${symbol.name} ${body}`
    : `type ${symbol.name} =${body.startsWith('\n') ? '' : ' '}${body};`;
}

/** The name of a type; its members if it is computed or the text is too long. */
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

/** True for an object type of src/ with members, which is not a function or an array. */
const isStructure = (program, type) =>
  (type.isObjectType() || type.isIntersectionType()) && !program.isCallable(type) && program.isOurs(type);

const arrayOf = (text, element) =>
  `${text.startsWith('readonly ') ? 'readonly ' : ''}${/[ {]/.test(element) ? `(${element})` : element}[]`;

function unionOf(program, type, indent) {
  const alternatives = type.getTypes();
  const structures = alternatives.filter((alternative) => isStructure(program, alternative));
  // Too long as a list: all members of all alternatives instead.
  if (structures.length > MAX_ALTERNATIVES) return membersOf(program, type, indent);
  const texts = [...new Set(alternatives.map((alternative) => textOf(program, alternative, indent)))];
  // The compiler has `true` and `false` as separate alternatives.
  const merged =
    texts.includes('true') && texts.includes('false')
      ? ['boolean', ...texts.filter((text) => text !== 'true' && text !== 'false')]
      : texts;
  const line = merged.join(' | ');
  return line.includes('\n') || (indent + line).length <= WIDTH
    ? line
    : `\n${indent}  | ${merged.join(`\n${indent}  | `)}`;
}

function membersOf(program, type, indent) {
  const inner = `${indent}  `;
  const members = program.propertiesOf(type).map(({ name, readonly, optional, doc, type: memberType }) => {
    const comment = doc === '' ? '' : `${inner}/** ${doc.replaceAll('\n', `\n${inner} * `)} */\n`;
    const text = textOf(program, memberType, inner);
    const value = optional ? text.replace(/ \| undefined$|^undefined \| /, '') : text;
    const key = /^\w+$/.test(name) ? name : `'${name}'`;
    return `${comment}${inner}${readonly ? 'readonly ' : ''}${key}${optional ? '?' : ''}:${value.startsWith('\n') ? '' : ' '}${value};`;
  });
  const indexes = program
    .indexesOf(type)
    .map(({ key, type: valueType }) => `${inner}[key: ${program.textOf(key)}]: ${textOf(program, valueType, inner)};`);
  // Alternatives without common members.
  if (members.length + indexes.length === 0) return 'object';
  return `{\n${[...members, ...indexes].join('\n')}\n${indent}}`;
}
