import { EncodeError } from '../../wire/index.ts';
import { verdictCodes, type Verdict } from '../data.ts';

const byCode = new Map<number, string>(Object.entries(verdictCodes).map(([name, code]) => [code, name]));

/** Parses a verdict: `accept`, `drop`, `jump chain` … @throws EncodeError */
export function parseVerdict(text: string): Verdict {
  const [name = '', chain, ...rest] = text.split(' ');
  const takesChain = name === 'jump' || name === 'goto';
  if (!Object.hasOwn(verdictCodes, name) || takesChain !== (chain !== undefined) || rest.length > 0) {
    throw new EncodeError('a verdict', `invalid verdict "${text}", expected one such as accept, drop or "jump chain"`);
  }
  return { code: verdictCodes[name as keyof typeof verdictCodes], ...(chain === undefined ? {} : { chain }) };
}

/** Formats a verdict. Returns undefined for one without a name here (queue). */
export function formatVerdict({ code, chain }: Verdict): string | undefined {
  const name = code === undefined ? undefined : byCode.get(code);
  return name === undefined || chain === undefined ? name : `${name} ${chain}`;
}
