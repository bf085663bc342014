import type { SetElement } from '../../state/index.ts';
import { elementsOf, type Elements, type Field, type Part } from './elements.ts';
import type { Rule } from './policy.ts';

/** A verdict map: from fields of a packet to the chain of the rule that matches it. */
export interface RuleMap {
  readonly fields: readonly Field[];
  /** Whether an element contains a range or a prefix: then the map needs the flag `interval`. */
  readonly ranged: boolean;
  readonly elements: readonly SetElement[];
}

/** The lookups of a group of rules: maps, in this order, and the chains of rules that match every packet. */
export interface Lookups {
  readonly maps: readonly RuleMap[];
  readonly everything: readonly string[];
}

/**
 * Puts the elements of rules into as few maps as possible: one for each key type, and another where elements of two
 * rules overlap, which nftables does not allow in one map. So the time per packet does not depend on the number of
 * rules or elements.
 */
export function lookupsOf(rules: readonly Rule[]): Lookups {
  const layers = new Map<string, Layer[]>();
  const everything: string[] = [];
  for (const rule of rules) {
    for (const elements of elementsOf(rule)) {
      if (elements.fields.length === 0) {
        everything.push(rule.id);
        continue;
      }
      const form = elements.fields.join(' ');
      let ofForm = layers.get(form);
      if (ofForm === undefined) layers.set(form, (ofForm = []));
      let layer = ofForm.find((candidate) => !candidate.overlaps(elements));
      if (layer === undefined) ofForm.push((layer = new Layer(elements.fields)));
      layer.add(elements, rule.id);
    }
  }
  return { maps: [...layers.values()].flat(), everything };
}

/** A map whose elements do not overlap. */
class Layer implements RuleMap {
  readonly fields: readonly Field[];
  readonly elements: SetElement[] = [];
  ranged = false;
  /** All keys, by their parts without a range. */
  readonly #keys = new Map<string, (readonly Part[])[]>();

  constructor(fields: readonly Field[]) {
    this.fields = fields;
  }

  overlaps({ keys }: Elements): boolean {
    return keys.some((key) => this.#keys.get(exactParts(key))?.some((other) => rangesOverlap(key, other)) === true);
  }

  add({ keys }: Elements, rule: string): void {
    for (const key of keys) {
      const name = exactParts(key);
      const same = this.#keys.get(name);
      if (same === undefined) this.#keys.set(name, [key]);
      else same.push(key);
      this.ranged ||= key.some(({ span }) => span !== undefined && span.low < span.high);
      this.elements.push({ key: key.map(({ word }) => word), value: [`jump ${rule}`] });
    }
  }
}

/** The parts of a key without a range or a prefix, joined. */
const exactParts = (key: readonly Part[]): string =>
  key.map(({ word, span }) => (span === undefined && typeof word === 'string' ? word : '')).join(' ');

/** Whether a packet can match both keys, whose exact parts are equal. */
const rangesOverlap = (a: readonly Part[], b: readonly Part[]): boolean =>
  a.every(({ span }, i) => {
    const other = b[i]!.span;
    return span === undefined || other === undefined || (span.low <= other.high && other.low <= span.high);
  });
