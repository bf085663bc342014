import * as fc from 'fast-check';
import type { AnyKind, AnyOptions, Values } from '../../src/kinds/index.ts';

/* Options of links for property tests, made by the descriptions of kinds. */

const ADDRESSES = {
  unicast: ['192.0.2.7', '198.51.100.1', '2001:db8::7', 'fd00::1'],
  multicast: ['239.1.2.3', 'ff05::123'],
} as const;

function valueOf(values: Values): fc.Arbitrary<string | number | boolean> {
  switch (values.type) {
    case 'integer':
      return whole(values);
    case 'switch':
      return fc.boolean();
    case 'choice':
      return fc.constantFrom(...values.of);
    case 'address':
      return fc.constantFrom(...ADDRESSES[values.of]);
  }
}

function whole({ min, max, step = 1 }: Values & { readonly type: 'integer' }): fc.Arbitrary<number> {
  return fc.integer({ min: Math.ceil(min / step), max: Math.floor(max / step) }).map((n) => n * step);
}

/**
 * Options that the kernel takes for a link of a kind, those left out that it can do without, as it happens.
 * @param lacking what the kernel was built without
 */
export const linkOptions = (
  { options, takes }: AnyKind,
  hasLower: boolean,
  lacking: readonly string[],
): fc.Arbitrary<AnyOptions> =>
  fc
    .record(
      Object.fromEntries(
        Object.entries(options).flatMap(([name, { values, takes: config }]) =>
          config !== undefined && lacking.includes(config) ? [] : [[name, valueOf(values)]],
        ),
      ),
      {
        requiredKeys: Object.keys(options).filter((name) => options[name]!.needed),
      },
    )
    .map((some) => ({ ...some }))
    .filter((some) => takes === undefined || takes(some, hasLower));
