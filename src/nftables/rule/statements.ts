import { dataBytes, dataOf, type Expr, NFT_LIMIT_F_INV } from '../expr/index.ts';
import type { Statement } from '../../state/index.ts';
import { verdictCodes, type Verdict } from '../data.ts';
import { DEFAULT_BURST, perSeconds } from './limit.ts';

// Statements that are one expression and use no register. Each is nothing when there are no words for it.

/** The level of a log without one: NFT_LOGLEVEL_WARNING. */
const DEFAULT_LEVEL = 4;

export function counterStatement(of: Expr): Statement {
  const { packets = 0n, bytes = 0n } = dataOf(of, 'counter');
  return { counter: { packets: Number(packets), bytes: Number(bytes) } };
}

export function logStatement(of: Expr): Statement | undefined {
  const { group, prefix, level = DEFAULT_LEVEL, flags = 0, snapLen = 0, qThreshold = 0, ...rest } = dataOf(of, 'log');
  if (level !== DEFAULT_LEVEL || flags !== 0 || snapLen !== 0 || qThreshold !== 0 || Object.keys(rest).length > 0)
    return undefined;
  return { log: { ...(prefix === undefined ? {} : { prefix }), ...(group === undefined ? {} : { group }) } };
}

export function flowStatement(of: Expr): Statement | undefined {
  const { tableName } = dataOf(of, 'flow_offload');
  return tableName === undefined ? undefined : { flowAdd: tableName };
}

export function limitStatement(of: Expr): Statement | undefined {
  const { rate = 0n, unit, burst = 0, type = 0, flags = 0 } = dataOf(of, 'limit');
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
    // One without words, and those of a later kernel.
    case verdictCodes.break:
    case undefined:
    default:
      return undefined;
  }
}

/** An expression as it is, for what cannot be put in words. */
export function rawStatement(of: Expr): Statement {
  const data = dataBytes(of);
  return { raw: { name: of.name ?? '', ...(data === undefined ? {} : { data: Buffer.from(data).toString('hex') }) } };
}
