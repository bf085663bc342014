import type { Ip } from '../addr/index.ts';
import { CLASS_IN, RecordType, type Answer, type Message, type Question } from './message.ts';

/** Longer chains of aliases are a mistake or an attack. */
const CHAIN_MAX = 16;

export interface Addresses {
  /** The aliases from the name that was asked for, in order, and then the addresses' records. */
  readonly records: readonly Answer[];
  readonly addresses: readonly Ip[];
  /** Seconds: the least of all records. */
  readonly ttl: number;
}

/**
 * What of a response answers a question for addresses: the aliases that lead on from the name asked for, and the
 * addresses of the name at their end. Other records, whatever they say, are no part of the answer.
 */
export function addressesFor(question: Question, { answers }: Pick<Message, 'answers'>): Addresses {
  const records: Answer[] = [];
  let name = question.name;
  for (;;) {
    const alias = answers.find(
      (answer) => answer.type === RecordType.CNAME && answer.class === CLASS_IN && answer.name === name,
    );
    if (alias?.target === undefined || records.length >= CHAIN_MAX) break;
    records.push(alias);
    name = alias.target;
  }
  const found = answers.filter(
    (answer) => answer.type === question.type && answer.class === CLASS_IN && answer.name === name,
  );
  records.push(...found);
  return {
    records,
    addresses: found.flatMap(({ address }) => (address === undefined ? [] : [address])),
    ttl: Math.min(...records.map(({ ttl }) => ttl)),
  };
}
