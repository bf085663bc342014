import type { Ip } from '../addr/index.ts';
import { CLASS_IN, RecordType, type Answer, type Message, type Question } from './message.ts';

/** Maximum number of CNAME records in a chain. A longer chain is a mistake or an attack. */
const CHAIN_MAX = 16;

export interface Addresses {
  /** The CNAME records from the name in the question, in order, then the address records. */
  readonly records: readonly Answer[];
  readonly addresses: readonly Ip[];
  /** Seconds: the lowest TTL of the records. */
  readonly ttl: number;
}

/**
 * Returns the records of a response that answer a question for addresses: the chain of CNAME records from the name in
 * the question, and the address records of the name at its end. All other records are ignored.
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
  const addressRecords = answers.filter(
    (answer) => answer.type === question.type && answer.class === CLASS_IN && answer.name === name,
  );
  records.push(...addressRecords);
  return {
    records,
    addresses: addressRecords.flatMap(({ address }) => (address === undefined ? [] : [address])),
    ttl: Math.min(...records.map(({ ttl }) => ttl)),
  };
}
