import type { AnyKind, AnyOptions } from './kind.ts';
import type { Option, Options, Words } from './option.ts';

/** Whether an option accepts a value, except for the range. */
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

/** The members of decoded attributes that are options with valid values. */
export function optionsIn(options: Options, data: Readonly<Record<string, unknown>>): AnyOptions {
  const found: Record<string, string | number | boolean> = {};
  for (const name in options) {
    const value = data[name];
    if (value !== undefined && isValueOf(options[name]!, value)) found[name] = value;
  }
  return found;
}

/** Decodes the options of a link from its IFLA_INFO_DATA. */
export const decodeOptions = ({ options, decode }: AnyKind, data: Readonly<Record<string, unknown>>): AnyOptions =>
  optionsIn(options, decode === undefined ? data : decode(data));

/**
 * Returns the contents of IFLA_INFO_DATA for options.
 * @param lower the index of the lower link, for kinds that have it there
 */
export function encodeOptions(
  kind: AnyKind,
  options: AnyOptions = {},
  lower?: number,
): Readonly<Record<string, unknown>> {
  const data = kind.encode === undefined ? options : kind.encode(options);
  return kind.lower?.in === 'data' && lower !== undefined ? { ...data, link: lower } : data;
}

/** The arguments of ip(8) for options, in the order of `given`. */
export const optionWords = (options: Options, given: AnyOptions = {}): Words =>
  Object.entries(given).flatMap(([name, value]) => options[name]!.words(value));

/**
 * Returns the name of the first option that differs and requires recreating the link.
 * @param wanted options that are absent here can have any value
 */
export function fixedOption(options: Options, wanted: AnyOptions, actual: AnyOptions): string | undefined {
  return Object.keys(wanted).find((name) => {
    const option = options[name]!;
    const [from, to] = [actual[name], wanted[name]];
    return from !== to && (option.fixed || option.isFixed?.(from, to) === true);
  });
}

/** Adds the kernel's defaults, if known, to options. */
export function withInitial(options: Options, given: AnyOptions): AnyOptions {
  const all: Record<string, string | number | boolean> = { ...given };
  for (const name in options) {
    const { initial } = options[name]!;
    if (initial !== undefined) all[name] ??= initial as string | number | boolean;
  }
  return all;
}
