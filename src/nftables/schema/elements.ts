import { attribute, attributes, be32, be64, bytes, cString, list, type Infer } from '../../wire/index.ts';
import { expression } from '../expr/index.ts';
import { data } from '../data.ts';
import { netfilterMessage } from './header.ts';

/** NFTA_SET_ELEM_*. */
const element = attributes('element', {
  key: attribute(1, data),
  data: attribute(2, data),
  flags: attribute(3, be32),
  timeout: attribute(4, be64),
  expiration: attribute(5, be64),
  userData: attribute(6, bytes()),
  expr: attribute(7, expression),
  object: attribute(9, cString()),
  keyEnd: attribute(10, data),
  expressions: attribute(11, list('expressions', 1, expression)),
});
export type ElementMessage = Infer<typeof element>;

/** NFTA_SET_ELEM_LIST_*. The elements have the attribute types 1, 2, 3 … in nft's requests, but 1 from the kernel. */
export const elements = netfilterMessage(
  'elements',
  attributes('elements', {
    table: attribute(1, cString()),
    set: attribute(2, cString()),
    elements: attribute(3, list('elements', 1, element)),
    setId: attribute(4, be32),
  }),
);
