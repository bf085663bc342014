import * as v from 'valibot';
import { duration, port, strict, type DeepReadonly, type OneOf } from '../../format/index.ts';

const expectation = strict({
  from: v.pipe(v.string(), v.description('A node')),
  to: v.pipe(v.string(), v.description('A node, an address, or `host`, which is the host that the lab runs on')),
  tcp: v.optional(port),
  udp: v.optional(port),
  icmp: v.optional(v.literal(true)),
  reachable: v.optional(v.pipe(v.boolean(), v.description('true when absent'))),
  rtt: v.optional(
    v.pipe(
      v.array(duration),
      v.length(2, 'an rtt is a list of the shortest and the longest round trip, such as [40ms, 60ms]'),
      v.description('The limits of the round-trip time'),
    ),
  ),
});

type Expect = v.InferOutput<typeof expectation>;
type Protocol = 'tcp' | 'udp' | 'icmp';
/** Exactly one probe. The schema accepts several, so that the resolver can report a better error. */
export type ExpectInput = DeepReadonly<Omit<Expect, Protocol> & OneOf<Pick<Expect, Protocol>>>;

/** The key `expect` of a topology. */
export const expectKey = v.optional(
  v.pipe(
    v.array(expectation as v.GenericSchema<unknown, ExpectInput>),
    v.description('Expectations that `netwright check` tests with real packets'),
  ),
);
