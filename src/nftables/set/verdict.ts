import { EncodeError } from '../../wire/index.ts';
import { verdictCodes, type Verdict } from '../schema/data.ts';

const byCode = new Map<number, string>(Object.entries(verdictCodes).map(([word, code]) => [code, word]));

/** Reads `accept`, `drop`, `jump chain` … */
export function parseVerdict(text: string): Verdict {
  const [word = '', chain, ...rest] = text.split(' ');
  const takesChain = word === 'jump' || word === 'goto';
  if (!Object.hasOwn(verdictCodes, word) || takesChain !== (chain !== undefined) || rest.length > 0) {
    throw new EncodeError('a verdict', `invalid verdict "${text}", expected one such as accept, drop or "jump chain"`);
  }
  return { code: verdictCodes[word as keyof typeof verdictCodes], ...(chain === undefined ? {} : { chain }) };
}

/** Says a verdict, or nothing when it is one without words: queue. */
export function formatVerdict({ code, chain }: Verdict): string | undefined {
  const word = code === undefined ? undefined : byCode.get(code);
  return word === undefined || chain === undefined ? word : `${word} ${chain}`;
}
