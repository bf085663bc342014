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

/** Every expression with a schema, by the kernel's name. The data of other expressions stay bytes. */
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

/** NFTA_EXPR_*: an expression, which is an instruction of a rule. */
export const expression = attributes('expression', {
  name: attribute(1, cString()),
  data: selected(2, 'name', registry),
});
/** An expression: the name selects the type of the data. Without a schema here, the data are bytes. */
export type Expr = Infer<typeof expression>;

export const expr = <N extends ExprName>(name: N, data: ExprData<N>): Expr => ({ name, data });

/** Returns the data of an expression that must have this name. @throws TypeError when it has another */
export const dataOf = <N extends ExprName>(expression: Expr, name: N): ExprData<N> => {
  if (expression.name !== name) throw new TypeError(`a ${expression.name} expression, not ${name}`);
  return (expression.data ?? {}) as ExprData<N>;
};

/** True if this version has a schema for the expression. */
export const isKnown = (name: string | undefined): name is ExprName =>
  name !== undefined && Object.hasOwn(registry, name);

/** Returns the bytes of an expression's data, or undefined when it has none. */
export function dataBytes({ name, data }: Expr): Uint8Array | undefined {
  if (data === undefined || data instanceof Uint8Array) return data;
  if (!isKnown(name)) return undefined;
  const writer = new Writer(256);
  (registry[name] as { write(to: Writer, value: unknown): number }).write(writer, data);
  return writer.written().slice();
}

/** Makes an expression from the bytes of its data, and decodes them when there is a schema. @throws DecodeError */
export function exprFromBytes(name: string, data: Uint8Array | undefined): Expr {
  if (data === undefined) return { name };
  if (!isKnown(name)) return { name, data };
  return { name, data: registry[name].read(new Bytes(data), 0, data.length) };
}
