import { didYouMean } from '../base/index.ts';
import { FormatError } from './format-error.ts';

/** What stands for `${NAME}` in a topology file. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** A part of a text that is no variable of the format, or one that has no value: where in the text, and why. */
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

/** The names of the variables that a text may take a value from, those of defaults that are not used included. */
export const variablesIn = (text: string): string[] =>
  [...text.matchAll(/\$(?:\$|\{([A-Za-z_][A-Za-z0-9_]*))/g)].flatMap(([, name]) => name ?? []);

/** A text that `substitute` makes of it again what it is now, whatever the variables are. */
export const withoutVariables = (text: string): string =>
  text.replace(/\${2,}|\$(?=\{)/g, (dollars) => dollars + dollars);

/**
 * Puts values in the place of variables, as Compose does (Compose Specification, Interpolation): `${NAME}`,
 * `${NAME:-default}`, `${NAME:?message}`, `${NAME:+instead}`, each without the colon too, where it asks whether the
 * variable is set and not whether it is empty. What stands after the operator may have variables itself. `$$` is a dollar;
 * unlike there, `$NAME` stays what it is.
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

  /** The text up to `end`, which is passed, with its variables replaced. */
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
    if (name === undefined) throw this.#odd(start);
    if (this.#text[this.#at] === '}') {
      this.#at++;
      const value = this.#valueOf(name);
      if (value === undefined) throw new VariableError(unset(name, this.#variables), start);
      return value;
    }
    const operator = this.#take(OPERATOR);
    if (operator === undefined) throw this.#odd(start);
    const value = this.#valueOf(name);
    const given = value !== undefined && !(value === '' && operator.startsWith(':'));
    const kind = operator.at(-1);
    // What is not used is passed over: a variable in it need not have a value.
    const used = kind === '+' ? given : !given;
    const word = used ? this.#until('}', start) : this.#skip(start);
    if (kind === '+') return word;
    if (given) return value;
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

  #odd(start: number): VariableError {
    const end = this.#text.indexOf('}', start);
    if (end < 0) return new VariableError(`"${this.#text.slice(start)}" has no closing "}"`, start);
    const what = this.#text.slice(start, end + 1);
    return new VariableError(
      `invalid variable "${what}": write \${NAME} or \${NAME:-default}; to pass it to a shell, write $${what}`,
      start,
    );
  }
}

const unset = (name: string, variables: Variables): string =>
  `the variable "${name}" is not set${didYouMean(name, Object.keys(variables))}: set it in the environment or with ` +
  `--set ${name}=VALUE, give it a default, \${${name}:-VALUE}, or write $\${${name}} to pass it to a shell`;
