import type { AnyKind, AnyOptions } from './kind.ts';
import type { Option, Options, Words } from './option.ts';

/** Whether a value is one that an option may have. */
function isValueOf({ values }: Option, value: unknown): value is string | number | boolean {
  switch (values.type) {
    case 'integer':
      return typeof value === 'number';
    case 'switch':
      return typeof value === 'boolean';
    case 'choice':
      return typeof value === 'string' && values.of.includes(value);
    case 'address':
      return typeof value === 'string';
  }
}

/** Those members of what the kernel says that are options. */
export function optionsIn(options: Options, data: Readonly<Record<string, unknown>>): AnyOptions {
  const found: Record<string, string | number | boolean> = {};
  for (const name in options) {
    const value = data[name];
    if (value !== undefined && isValueOf(options[name]!, value)) found[name] = value;
  }
  return found;
}

/** The options of a link by what its IFLA_INFO_DATA holds. */
export const decodeOptions = ({ options, decode }: AnyKind, data: Readonly<Record<string, unknown>>): AnyOptions =>
  optionsIn(options, decode === undefined ? data : decode(data));

/**
 * What IFLA_INFO_DATA holds for options.
 * @param lower the index of the link below, for a kind that says it there
 */
export function encodeOptions(
  kind: AnyKind,
  options: AnyOptions = {},
  lower?: number,
): Readonly<Record<string, unknown>> {
  const data = kind.encode === undefined ? options : kind.encode(options);
  return kind.lower?.in === 'data' && lower !== undefined ? { ...data, link: lower } : data;
}

/** What ip(8) says for options, in the order in which they are given. */
export const optionWords = (options: Options, given: AnyOptions = {}): Words =>
  Object.entries(given).flatMap(([name, value]) => options[name]!.words(value));

/**
 * The first option that cannot become in place what it is to be.
 * @param wanted those it does not mention may be anything
 */
export function fixedOption(options: Options, wanted: AnyOptions, actual: AnyOptions): string | undefined {
  return Object.keys(wanted).find((name) => {
    const option = options[name]!;
    const [from, to] = [actual[name], wanted[name]];
    return from !== to && (option.fixed || option.isFixed?.(from, to) === true);
  });
}

/** Options with what the kernel takes for those that are not given, where that is known. */
export function withInitial(options: Options, given: AnyOptions): AnyOptions {
  const all: Record<string, string | number | boolean> = { ...given };
  for (const name in options) {
    const { initial } = options[name]!;
    if (initial !== undefined) all[name] ??= initial as string | number | boolean;
  }
  return all;
}
