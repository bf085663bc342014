import type { SetElement } from '../../state/index.ts';
import { elementsOf, type Elements, type Field, type Part } from './elements.ts';
import type { Rule } from './policy.ts';

/** A map from what packets are to the chain of the rule that is about them. */
export interface RuleMap {
  readonly fields: readonly Field[];
  /** Whether some element stands for several values. */
  readonly ranged: boolean;
  readonly elements: readonly SetElement[];
}

/** What rules come to: maps to look packets up in, one after the other, and rules about every packet. */
export interface Lookups {
  readonly maps: readonly RuleMap[];
  readonly everything: readonly string[];
}

/**
 * Puts the elements of rules into as few maps as possible: one for each form of key, and one more where elements of two
 * rules overlap, which no map may hold. How long the rules' lists are, and how many rules there are, does not matter.
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
      let known = layers.get(form);
      if (known === undefined) layers.set(form, (known = []));
      let layer = known.find((candidate) => !candidate.overlaps(elements));
      if (layer === undefined) known.push((layer = new Layer(elements.fields)));
      layer.add(elements, rule.id);
    }
  }
  return { maps: [...layers.values()].flat(), everything };
}

class Layer implements RuleMap {
  readonly fields: readonly Field[];
  readonly elements: SetElement[] = [];
  ranged = false;
  /** What stands for several values, by what stands for one alone. */
  readonly #taken = new Map<string, (readonly Part[])[]>();

  constructor(fields: readonly Field[]) {
    this.fields = fields;
  }

  overlaps({ keys }: Elements): boolean {
    return keys.some((key) => this.#taken.get(exact(key))?.some((other) => meet(key, other)) === true);
  }

  add({ keys }: Elements, rule: string): void {
    for (const key of keys) {
      const name = exact(key);
      const same = this.#taken.get(name);
      if (same === undefined) this.#taken.set(name, [key]);
      else same.push(key);
      this.ranged ||= key.some(({ span }) => span !== undefined && span.low < span.high);
      this.elements.push({ key: key.map(({ word }) => word), value: [`jump ${rule}`] });
    }
  }
}

/** The parts of a key that stand for one value, joined. */
const exact = (key: readonly Part[]): string =>
  key.map(({ word, span }) => (span === undefined && typeof word === 'string' ? word : '')).join(' ');

/** Whether some packet is both, whose exact parts are the same. */
const meet = (a: readonly Part[], b: readonly Part[]): boolean =>
  a.every(({ span }, i) => {
    const other = b[i]!.span;
    return span === undefined || other === undefined || (span.low <= other.high && other.low <= span.high);
  });
