import { attribute, attributes, Bytes, cString, selected, Writer, type Infer } from '../../wire/index.ts';
import { bitwise } from './bitwise.ts';
import { byteorder } from './byteorder.ts';
import { cmp } from './cmp.ts';
import { connlimit } from './connlimit.ts';
import { counter } from './counter.ts';
import { ct } from './ct.ts';
import { dup } from './dup.ts';
import { dynset } from './dynset.ts';
import { fib } from './fib.ts';
import { flowOffload } from './flow-offload.ts';
import { fwd } from './fwd.ts';
import { immediate } from './immediate.ts';
import { limit } from './limit.ts';
import { log } from './log.ts';
import { lookup } from './lookup.ts';
import { masq } from './masq.ts';
import { meta } from './meta.ts';
import { nat } from './nat.ts';
import { notrack } from './notrack.ts';
import { objref } from './objref.ts';
import { payload } from './payload.ts';
import { quota } from './quota.ts';
import { range } from './range.ts';
import { redir } from './redir.ts';
import { reject } from './reject.ts';
import { socket } from './socket.ts';
import { tproxy } from './tproxy.ts';

/** Every expression with a schema, by the kernel's name. Any other keeps its data as bytes. */
const registry = {
  bitwise,
  byteorder,
  cmp,
  connlimit,
  counter,
  ct,
  dup,
  dynset,
  fib,
  flow_offload: flowOffload,
  fwd,
  immediate,
  limit,
  log,
  lookup,
  masq,
  meta,
  nat,
  notrack,
  objref,
  payload,
  quota,
  range,
  redir,
  reject,
  socket,
  tproxy,
} as const;

type Registry = typeof registry;
export type ExprName = keyof Registry;
export type ExprData<N extends ExprName> = Infer<Registry[N]>;

/** NFTA_EXPR_*: an expression, the instruction that rules are made of. */
export const expression = attributes('expression', {
  name: attribute(1, cString()),
  data: selected(2, 'name', registry),
});
/** An expression: its name decides what its data is. One without a schema here has its data as bytes. */
export type Expr = Infer<typeof expression>;

export const expr = <N extends ExprName>(name: N, data: ExprData<N>): Expr => ({ name, data });

/** The data of an expression whose name is `name`. */
export const dataOf = <N extends ExprName>(of: Expr, name: N): ExprData<N> => {
  if (of.name !== name) throw new TypeError(`a ${of.name} expression, not ${name}`);
  return (of.data ?? {}) as ExprData<N>;
};

export const isKnown = (name: string | undefined): name is ExprName =>
  name !== undefined && Object.hasOwn(registry, name);

/** The bytes of an expression's data, or undefined when it has none. */
export function dataBytes(of: Expr): Uint8Array | undefined {
  if (of.data === undefined || of.data instanceof Uint8Array) return of.data;
  if (!isKnown(of.name)) return undefined;
  const writer = new Writer(256);
  (registry[of.name] as { write(to: Writer, value: unknown): number }).write(writer, of.data);
  return writer.written().slice();
}

/** An expression of which only the bytes are at hand, with its data decoded when there is a schema for it. */
export function exprFromBytes(name: string, data: Uint8Array | undefined): Expr {
  if (data === undefined) return { name };
  if (!isKnown(name)) return { name, data };
  return { name, data: registry[name].read(new Bytes(data), 0, data.length) };
}
