import type { SetElement, SetState } from '../../state/index.ts';
import { comment, CONCATENATION, duration, identifier, value } from './words.ts';

/** nft's catch-all element: it matches every key that is not in the set. */
const CATCH_ALL = '*';
/** The maximum number of elements that are rendered on one line. */
const ON_ONE_LINE = 4;

/** The lines of a set or a map in a table. */
export function renderSet(name: string, set: SetState): string[] {
  const types = `${set.key.map(type).join(CONCATENATION)}${set.value === undefined ? '' : ` : ${set.value.map(type).join(CONCATENATION)}`}`;
  const elements = set.elements.map((element) => renderElement(set, element));
  return [
    `${set.value === undefined ? 'set' : 'map'} ${identifier(name)} {`,
    `\ttype ${types}`,
    ...(set.flags.length === 0 ? [] : [`\tflags ${set.flags.join(',')}`]),
    ...(set.timeout === undefined ? [] : [`\ttimeout ${duration(set.timeout)}`]),
    ...(elements.length === 0 ? [] : list(elements)),
    '}',
  ];
}

/** Elements in the syntax of nft(8), on one line; with `keys`, only their keys, as for deletion. */
export const renderElements = (
  set: SetState,
  elements: readonly SetElement[],
  { keys = false }: { readonly keys?: boolean } = {},
): string => elements.map((element) => renderElement(set, keys ? { key: element.key } : element)).join(', ');

/** The name of a type. A string that is no type name is rendered so that nft rejects it. */
const type = (name: string): string => (/^[a-z][a-z0-9_]*$/.test(name) ? name : `?${JSON.stringify(name)}`);

function list(elements: readonly string[]): string[] {
  if (elements.length <= ON_ONE_LINE) return [`\telements = { ${elements.join(', ')} }`];
  return ['\telements = {', ...elements.map((element) => `\t\t${element},`), '\t}'];
}

function renderElement(set: SetState, { key, value: values, timeout, comment: text }: SetElement): string {
  const keyAndTimeout = `${renderKey(set, key)}${timeout === undefined ? '' : ` timeout ${duration(timeout)}`}`;
  const left = text === undefined ? keyAndTimeout : `${keyAndTimeout} comment ${comment(text)}`;
  if (values === undefined) return left;
  const data = values.map((word, i) =>
    set.value?.[i] === 'verdict' ? verdict(String(word)) : value(set.value?.[i] ?? '', word),
  );
  return `${left} : ${data.join(CONCATENATION)}`;
}

const renderKey = (set: SetState, key: SetElement['key']): string =>
  key.length === 1 && key[0] === CATCH_ALL
    ? CATCH_ALL
    : key.map((word, i) => value(set.key[i] ?? '', word)).join(CONCATENATION);

/** `accept`, `jump NAME`. */
function verdict(text: string): string {
  const [word = '', chain] = text.split(' ', 2);
  return chain === undefined ? identifier(word) : `${identifier(word)} ${identifier(chain)}`;
}
