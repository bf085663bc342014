import * as v from 'valibot';
import { didYouMean, listed } from '../base/index.ts';
import { describe } from './describe.ts';
import type { Path } from './error.ts';
import type { Issues } from './issues.ts';
import type { KnownKeys } from './schema-parts.ts';
import type { TextAt } from './yaml.ts';

type AnyIssue = v.BaseIssue<unknown>;
type Values = Record<string | number, unknown>;

/**
 * Checks `value` against a schema and returns a copy of it. Adds errors to `issues`, and then returns undefined.
 * @param textAt returns the text of a value that came from a variable
 */
export function validate<T>(
  schema: v.GenericSchema<unknown, T>,
  value: unknown,
  issues: Issues,
  textAt?: TextAt,
): T | undefined {
  refuseSpecialKeys(value, [], issues);
  let result = v.safeParse(schema, value);
  if (!result.success && textAt !== undefined && asText(value, result.issues, textAt))
    result = v.safeParse(schema, value);
  if (result.success) return result.output;
  for (const issue of result.issues) report(issue, [], issues);
  return undefined;
}

/**
 * Replaces numbers and booleans that came from variables by their texts, where the schema needs text.
 * @returns true if there was any
 */
function asText(value: unknown, issues: readonly AnyIssue[], textAt: TextAt, prefix: Path = []): boolean {
  let replaced = false;
  for (const issue of issues) {
    const path = [...prefix, ...keysOf(issue)];
    if (asText(value, issue.issues ?? [], textAt, path)) replaced = true;
    if (issue.type !== 'string' || typeof issue.input === 'string') continue;
    const text = textAt(path);
    if (text === undefined) continue;
    const parent = path.slice(0, -1).reduce<Values>((at, key) => at[key] as Values, value as Values);
    parent[path.at(-1)!] = text;
    replaced = true;
  }
  return replaced;
}

function report(issue: AnyIssue, prefix: Path, issues: Issues): void {
  const path = [...prefix, ...keysOf(issue)];
  if (issue.kind !== 'schema') {
    issues.add(path, issue.message, isKey(issue) ? 'key' : 'value');
  } else if (issue.type === 'union') {
    // If the container of an option matches, its issues are inside it. If none matches, the message lists all options.
    const inside = (issue.issues ?? []).filter((option) => option.path !== undefined);
    if (inside.length > 0) for (const option of inside) report(option, path, issues);
    else issues.add(path, typeMessage(issue));
  } else if (issue.type === 'strict_object' && issue.expected === 'never') {
    reportUnknownKeys(issue, path, issues);
  } else if (issue.type === 'strict_object' && isKey(issue)) {
    issues.add(path.slice(0, -1), `the key ${issue.expected} is missing`, 'key');
  } else {
    issues.add(path, typeMessage(issue));
  }
}

/** Reports all unknown keys of an object; valibot reports only the first. */
function reportUnknownKeys(issue: AnyIssue, path: Path, issues: Issues): void {
  const { keys, later } = JSON.parse(issue.message) as KnownKeys;
  const object = issue.path?.at(-1)?.input as object;
  for (const key of Object.keys(object)) {
    if (keys.includes(key)) continue;
    const message = later.includes(key)
      ? `"${key}" is not supported yet`
      : `unknown key "${key}"${didYouMean(key, [...keys, ...later])}`;
    issues.add([...path.slice(0, -1), key], message, 'key');
  }
}

const keysOf = (issue: AnyIssue): Path => (issue.path ?? []).map((item) => item.key as string | number);

const isKey = (issue: AnyIssue): boolean => (issue.path?.at(-1) as { origin?: string } | undefined)?.origin === 'key';

const EXPECTED: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  boolean: 'true or false',
  Array: 'a list',
  unknown: 'a map',
  Object: 'a map',
};

function typeMessage(issue: AnyIssue): string {
  // The schema's own message, if it has one.
  if ((issue.type === 'string' || issue.type === 'picklist') && !issue.message.startsWith('Invalid '))
    return issue.message;
  const expected = new Set(expectations(issue));
  expected.delete('null');
  return `expected ${listed([...expected], 'or')}, not ${describe(issue.input)}${hint(issue.input, expected)}`;
}

const TRUTH: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  false: false,
  no: false,
  off: false,
};

/** A suggestion for what was probably meant. */
function hint(input: unknown, expected: ReadonlySet<string>): string {
  const wants = (type: string): boolean => expected.has(EXPECTED[type]!);
  if (wants('string')) {
    if (typeof input === 'number' || typeof input === 'boolean') return `: put it in quotes, "${input}"`;
    return input === null ? ': empty text is ""' : '';
  }
  if (typeof input !== 'string') return '';
  const truth = input.toLowerCase();
  if (wants('boolean') && Object.hasOwn(TRUTH, truth)) return ` (did you mean ${TRUTH[truth]}?)`;
  // Such as `1e3`, `1_000` or a quoted "80".
  const number = input.trim() === '' ? NaN : Number(input.replaceAll('_', ''));
  if (wants('number') && Number.isFinite(number)) return ` (did you mean ${number}?)`;
  const words = [...expected].filter((word) => word.startsWith('"')).map((word) => word.slice(1, -1));
  return didYouMean(input, words);
}

function expectations(issue: AnyIssue): readonly string[] {
  if (issue.issues !== undefined) return issue.issues.flatMap(expectations);
  // One of several words: `("a" | "b")`.
  if (issue.type === 'picklist') return (issue.expected ?? '').replace(/^\((.*)\)$/, '$1').split(' | ');
  const expected = issue.expected ?? 'something else';
  return [EXPECTED[expected] ?? expected];
}

/** Reports the keys that valibot ignores against prototype pollution, so that no name is lost silently. */
function refuseSpecialKeys(value: unknown, path: Path, issues: Issues, seen = new Set<object>()): void {
  // The format has no deeper nesting: the schema rejects it. With aliases, a value can occur in many places.
  if (typeof value !== 'object' || value === null || path.length > 10 || seen.has(value)) return;
  seen.add(value);
  for (const [key, child] of Object.entries(value)) {
    const inner = [...path, Array.isArray(value) ? Number(key) : key];
    if (key === '__proto__' || key === 'prototype' || key === 'constructor')
      issues.add(inner, `"${key}" cannot be used as a name`, 'key');
    else refuseSpecialKeys(child, inner, issues, seen);
  }
}
