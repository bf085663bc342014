import { EncodeError } from '../../wire/index.ts';
import { DynsetOp, expr, type ExprData } from '../expr/index.ts';
import type { PacketElement, Selector } from '../../state/index.ts';
import type { Encoding } from './context.ts';
import { loadKey, prepare } from './match.ts';
import { registerOfSlot } from './register.ts';
import type { SelectorSpec } from './selectors.ts';

// dynset: `update @udp { ip saddr . udp sport timeout 30s : ct reply proto-dst }`.

/**
 * Encodes a statement that changes an element of a set. The value begins at the next 128-bit register after the key, as
 * in nft.
 * @throws EncodeError when the set does not exist, or its types differ
 */
export function encodeElement(to: Encoding, { op, set, key, value, timeout }: PacketElement): void {
  const definition = to.sets[set];
  if (definition === undefined) throw new EncodeError('a rule', `there is no set "${set}" in its table`);
  // The dependencies of both come before the first register is loaded.
  const keyParts = prepare(to, key);
  const valueParts = value === undefined ? undefined : prepare(to, value);
  check(set, keyParts, definition.key);
  check(set, valueParts ?? [], definition.value ?? []);
  const end = loadKey(to, keyParts, 0);
  const data = 4 * Math.ceil(end / 4);
  if (valueParts !== undefined) loadKey(to, valueParts, data);
  to.emit(
    expr('dynset', {
      setName: set,
      op: DynsetOp[op],
      sregKey: registerOfSlot(0),
      ...(valueParts === undefined ? {} : { sregData: registerOfSlot(data) }),
      ...(timeout === undefined ? {} : { timeout: BigInt(Math.round(timeout * 1000)) }),
    }),
  );
}

function check(set: string, parts: readonly SelectorSpec[], types: readonly string[]): void {
  if (parts.map(({ type }) => type.name).join() !== types.join())
    throw new EncodeError('a rule', `elements added to "${set}" do not have its type ${types.join(' . ')}`);
}

/** Decodes a dynset expression. Returns undefined when no statement expresses it. */
export function decodeElement(
  { setName, op, timeout, sregData, ...rest }: ExprData<'dynset'>,
  key: string | undefined,
  value: string | undefined,
): PacketElement | undefined {
  const opName = (Object.keys(DynsetOp) as (keyof typeof DynsetOp)[]).find((name) => DynsetOp[name] === op);
  if (
    opName === undefined ||
    setName === undefined ||
    key === undefined ||
    (sregData === undefined) !== (value === undefined)
  )
    return undefined;
  if (rest.expr !== undefined || rest.expressions !== undefined || (rest.flags ?? 0) !== 0) return undefined;
  return {
    op: opName,
    set: setName,
    key: key as Selector,
    ...(value === undefined ? {} : { value: value as Selector }),
    ...(timeout === undefined || timeout === 0n ? {} : { timeout: Number(timeout) / 1000 }),
  };
}
