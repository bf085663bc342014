import { EncodeError } from '../../wire/index.ts';
import { CtKey, expr, exprFromBytes, type Expr, NFT_LIMIT_F_INV, MetaKey } from '../expr/index.ts';
import type { RawField, Statement, TableFamily } from '../../state/index.ts';
import { NFT_REG_VERDICT } from '../constants.ts';
import { verdictCodes, type Verdict } from '../data.ts';
import { dataType } from '../datatypes/index.ts';
import { Encoding, type EncodedRule, type RuleContext } from './context.ts';
import { addProtocols, dependencyExprs, missingDependencies } from './dependencies.ts';
import { encodeElement } from './element.ts';
import { DEFAULT_BURST, secondsPer } from './limit.ts';
import { encodeMatch, encodeVerdictMap, prepare } from './match.ts';
import { encodeMasquerade, encodeNat } from './nat.ts';
import { registerOrder } from './register.ts';
import { parseRejection } from './reject.ts';

/**
 * Encodes the statements of a rule to the same expressions as nft: the same registers, dependencies and forms.
 * @throws EncodeError when a value is invalid, or the rule cannot match any packet
 */
export function encodeRule(
  family: TableFamily,
  statements: readonly Statement[],
  context: RuleContext = {},
): EncodedRule {
  const to = new Encoding(family, context);
  for (const statement of statements) encodeStatement(to, statement);
  return { expressions: to.expressions, sets: to.anonymous };
}

function encodeStatement(to: Encoding, statement: Statement): void {
  if ('match' in statement) encodeMatch(to, statement.match.left, statement.match.op, statement.match.right);
  else if ('counter' in statement) {
    const { packets = 0, bytes = 0 } = statement.counter;
    to.emit(expr('counter', { bytes: BigInt(bytes), packets: BigInt(packets) }));
  } else if ('verdict' in statement) to.emit(verdict({ code: verdictCodes[statement.verdict] }));
  else if ('jump' in statement) to.emit(verdict({ code: verdictCodes.jump, chain: statement.jump }));
  else if ('goto' in statement) to.emit(verdict({ code: verdictCodes.goto, chain: statement.goto }));
  else if ('reject' in statement) encodeReject(to, statement.reject.with);
  else if ('masquerade' in statement) encodeMasquerade(to, statement.masquerade);
  else if ('snat' in statement) encodeNat(to, 'snat', statement.snat);
  else if ('dnat' in statement) encodeNat(to, 'dnat', statement.dnat);
  else if ('log' in statement) {
    const { prefix, group } = statement.log;
    to.emit(expr('log', { ...(group === undefined ? {} : { group }), ...(prefix === undefined ? {} : { prefix }) }));
  } else if ('limit' in statement) {
    const { rate, per, burst = DEFAULT_BURST, over = false } = statement.limit;
    to.emit(
      expr('limit', {
        rate: BigInt(rate),
        unit: BigInt(secondsPer[per]),
        burst,
        type: 0,
        flags: over ? NFT_LIMIT_F_INV : 0,
      }),
    );
  } else if ('set' in statement) encodeMark(to, statement.set);
  else if ('vmap' in statement) encodeVerdictMap(to, statement.vmap.left, statement.vmap.set);
  else if ('element' in statement) encodeElement(to, statement.element);
  else if ('flowAdd' in statement) to.emit(expr('flow_offload', { tableName: statement.flowAdd }));
  else if ('write' in statement) encodeWrite(to, statement.write);
  else to.emit(rawExpr(statement.raw));
}

const verdict = (code: Verdict): Expr => expr('immediate', { dreg: NFT_REG_VERDICT, data: { verdict: code } });

function encodeReject(to: Encoding, text: string | undefined): void {
  const { type, code, requires } = parseRejection(to.protocols, text);
  for (const dependency of missingDependencies(to.protocols, requires)) to.emit(...dependencyExprs(dependency));
  addProtocols(to.protocols, requires);
  to.emit(expr('reject', { type, icmpCode: code }));
}

function encodeMark(
  to: Encoding,
  { key, value }: { readonly key: 'meta mark' | 'ct mark' | 'meta nftrace'; readonly value: number },
): void {
  if (key === 'meta nftrace') {
    to.emit(expr('immediate', { dreg: 1, data: { value: Uint8Array.of(value) } }));
    to.emit(expr('meta', { key: MetaKey.nftrace, sreg: 1 }));
    return;
  }
  const mark = dataType('mark');
  to.emit(expr('immediate', { dreg: 1, data: { value: registerOrder(mark, mark.parse(value)) } }));
  to.emit(
    key === 'meta mark' ? expr('meta', { key: MetaKey.mark, sreg: 1 }) : expr('ct', { key: CtKey.mark, sreg: 1 }),
  );
}

function encodeWrite(to: Encoding, { to: field, value }: { readonly to: RawField; readonly value: string }): void {
  const [spec] = prepare(to, field);
  if (spec?.source.from !== 'payload') throw new EncodeError('a rule', `${field} is not a packet field`);
  const { base, offset, len } = spec.source;
  to.emit(
    expr('immediate', { dreg: 1, data: { value: spec.type.parse(value) } }),
    expr('payload', { sreg: 1, base, offset, len, csumType: 0, csumOffset: 0, csumFlags: 0 }),
  );
}

function rawExpr({ name, data }: { readonly name: string; readonly data?: string }): Expr {
  if (data === undefined) return { name };
  if (!/^([0-9a-f]{2})*$/.test(data))
    throw new EncodeError(`the raw expression ${name}`, 'its data are not hexadecimal digits');
  return exprFromBytes(name, new Uint8Array(Buffer.from(data, 'hex')));
}
