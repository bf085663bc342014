import { didYouMean } from '../base/index.ts';
import { FormatError } from './format-error.ts';

/** The values of variables, `${NAME}` in a topology file. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** An invalid variable in a text, or one without a value. `offset` is its position in the text. */
export class VariableError extends FormatError {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const OPERATOR = /:?[-?+]/y;

export const isVariableName = (name: string): boolean => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);

/** The names of all variables in a text, with those in defaults. */
export const variablesIn = (text: string): string[] =>
  [...text.matchAll(/\$(?:\$|\{([A-Za-z_][A-Za-z0-9_]*))/g)].flatMap(([, name]) => name ?? []);

/** Escapes a text, so that `substitute` returns it unchanged whatever the variables are. */
export const withoutVariables = (text: string): string =>
  text.replace(/\${2,}|\$(?=\{)/g, (dollars) => dollars + dollars);

/**
 * Replaces variables by their values, as Compose does (Compose Specification, Interpolation): `${NAME}`,
 * `${NAME:-default}`, `${NAME:?message}`, `${NAME:+instead}`. Without the colon, an empty variable counts as set. The
 * text after the operator can contain variables. `$$` is a dollar sign. Unlike in Compose, `$NAME` is not a variable.
 * @throws VariableError
 */
export function substitute(text: string, variables: Variables): string {
  return new Substitution(text, variables).run();
}

class Substitution {
  readonly #text: string;
  readonly #variables: Variables;
  #at = 0;

  constructor(text: string, variables: Variables) {
    this.#text = text;
    this.#variables = variables;
  }

  run(): string {
    return this.#until(undefined);
  }

  /** Returns the text up to `end` with its variables replaced, and skips `end`. */
  #until(end: '}' | undefined, start = 0): string {
    let result = '';
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at]!;
      const next = this.#text[this.#at + 1];
      if (char === end) {
        this.#at++;
        return result;
      }
      if (char === '$' && next === '$') {
        result += '$';
        this.#at += 2;
      } else if (char === '$' && next === '{') result += this.#variable();
      else {
        result += char;
        this.#at++;
      }
    }
    if (end !== undefined) throw new VariableError(`"${this.#text.slice(start)}" has no closing "}"`, start);
    return result;
  }

  #variable(): string {
    const start = this.#at;
    this.#at += 2;
    const name = this.#take(NAME);
    if (name === undefined) throw this.#invalid(start);
    if (this.#text[this.#at] === '}') {
      this.#at++;
      const value = this.#valueOf(name);
      if (value === undefined) throw new VariableError(unset(name, this.#variables), start);
      return value;
    }
    const operator = this.#take(OPERATOR);
    if (operator === undefined) throw this.#invalid(start);
    const value = this.#valueOf(name);
    const isSet = value !== undefined && !(value === '' && operator.startsWith(':'));
    const kind = operator.at(-1);
    // A default that is not used is skipped: its variables need no values.
    const used = kind === '+' ? isSet : !isSet;
    const word = used ? this.#until('}', start) : this.#skip(start);
    if (kind === '+') return word;
    if (isSet) return value;
    if (kind === '?')
      throw new VariableError(
        `the variable "${name}" ${value === '' ? 'is empty' : 'is not set'}: ${word || 'a value is required'}`,
        start,
      );
    return word;
  }

  #skip(start: number): string {
    for (let depth = 1; this.#at < this.#text.length; this.#at++) {
      const two = this.#text.slice(this.#at, this.#at + 2);
      if (two === '$$') this.#at++;
      else if (two === '${') depth++;
      else if (two[0] === '}' && --depth === 0) {
        this.#at++;
        return '';
      }
    }
    throw new VariableError(`"${this.#text.slice(start)}" has no closing "}"`, start);
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #valueOf(name: string): string | undefined {
    return Object.hasOwn(this.#variables, name) ? this.#variables[name] : undefined;
  }

  #invalid(start: number): VariableError {
    const end = this.#text.indexOf('}', start);
    if (end < 0) return new VariableError(`"${this.#text.slice(start)}" has no closing "}"`, start);
    const variable = this.#text.slice(start, end + 1);
    return new VariableError(
      `invalid variable "${variable}": write \${NAME} or \${NAME:-default}; to pass it to a shell, write $${variable}`,
      start,
    );
  }
}

const unset = (name: string, variables: Variables): string =>
  `the variable "${name}" is not set${didYouMean(name, Object.keys(variables))}: set it in the environment or with ` +
  `--set ${name}=VALUE, give it a default, \${${name}:-VALUE}, or write $\${${name}} to pass it to a shell`;
