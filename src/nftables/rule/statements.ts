import { dataBytes, dataOf, type Expr, NFT_LIMIT_F_INV } from '../expr/index.ts';
import type { Statement } from '../../state/index.ts';
import { verdictCodes, type Verdict } from '../data.ts';
import { DEFAULT_BURST, perSeconds } from './limit.ts';

// Statements of one expression that use no register. The functions return undefined when no statement expresses it.

/** The level of a log statement without one: NFT_LOGLEVEL_WARNING. */
const DEFAULT_LEVEL = 4;

export function counterStatement(expression: Expr): Statement {
  const { packets = 0n, bytes = 0n } = dataOf(expression, 'counter');
  return { counter: { packets: Number(packets), bytes: Number(bytes) } };
}

export function logStatement(expression: Expr): Statement | undefined {
  const {
    group,
    prefix,
    level = DEFAULT_LEVEL,
    flags = 0,
    snapLen = 0,
    qThreshold = 0,
    ...rest
  } = dataOf(expression, 'log');
  if (level !== DEFAULT_LEVEL || flags !== 0 || snapLen !== 0 || qThreshold !== 0 || Object.keys(rest).length > 0)
    return undefined;
  return { log: { ...(prefix === undefined ? {} : { prefix }), ...(group === undefined ? {} : { group }) } };
}

export function flowStatement(expression: Expr): Statement | undefined {
  const { tableName } = dataOf(expression, 'flow_offload');
  return tableName === undefined ? undefined : { flowAdd: tableName };
}

export function limitStatement(expression: Expr): Statement | undefined {
  const { rate = 0n, unit, burst = 0, type = 0, flags = 0 } = dataOf(expression, 'limit');
  const per = perSeconds(unit);
  if (per === undefined || type !== 0) return undefined;
  return {
    limit: {
      rate: Number(rate),
      per,
      ...(burst === DEFAULT_BURST ? {} : { burst }),
      ...((flags & NFT_LIMIT_F_INV) === 0 ? {} : { over: true }),
    },
  };
}

export function verdictStatement({ code, chain }: Verdict): Statement | undefined {
  switch (code) {
    case verdictCodes.jump:
      return chain === undefined ? undefined : { jump: chain };
    case verdictCodes.goto:
      return chain === undefined ? undefined : { goto: chain };
    case verdictCodes.accept:
      return { verdict: 'accept' };
    case verdictCodes.drop:
      return { verdict: 'drop' };
    case verdictCodes.continue:
      return { verdict: 'continue' };
    case verdictCodes.return:
      return { verdict: 'return' };
    // `break` has no statement here; others are from a newer kernel.
    case verdictCodes.break:
    case undefined:
    default:
      return undefined;
  }
}

/** Returns an expression as a `raw` statement. */
export function rawStatement(expression: Expr): Statement {
  const data = dataBytes(expression);
  return {
    raw: { name: expression.name ?? '', ...(data === undefined ? {} : { data: Buffer.from(data).toString('hex') }) },
  };
}
