import { attribute, attributes, be32, be64, bytes, cString, list, type Infer } from '../../wire/index.ts';
import { expression } from '../expr/index.ts';
import { netfilterMessage } from './header.ts';

/** NFTA_SET_FIELD_*: one part of a concatenated key. */
const field = attributes('field', { length: attribute(1, be32) });

/** NFTA_SET_DESC_*. */
const desc = attributes('desc', { size: attribute(1, be32), concat: attribute(2, list('concat', 1, field)) });

/** NFTA_SET_*. */
export const set = netfilterMessage(
  'set',
  attributes('set', {
    table: attribute(1, cString()),
    name: attribute(2, cString()),
    flags: attribute(3, be32),
    keyType: attribute(4, be32),
    keyLength: attribute(5, be32),
    dataType: attribute(6, be32),
    dataLength: attribute(7, be32),
    policy: attribute(8, be32),
    desc: attribute(9, desc),
    id: attribute(10, be32),
    timeout: attribute(11, be64),
    gcInterval: attribute(12, be32),
    userData: attribute(13, bytes()),
    objectType: attribute(15, be32),
    handle: attribute(16, be64),
    expr: attribute(17, expression),
    expressions: attribute(18, list('expressions', 1, expression)),
    /** NFTA_SET_TYPE: the set backend that the kernel chose. */
    kind: attribute(19, cString()),
    /** The number of elements. Not in Linux 6.12 or older. */
    count: attribute(20, be32),
  }),
);
export type SetMessage = Partial<Infer<typeof set>>;
