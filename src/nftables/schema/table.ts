import { attribute, attributes, be32, be64, bytes, cString } from '../../wire/index.ts';
import { netfilterMessage } from './header.ts';

/** NFTA_TABLE_*. */
export const table = netfilterMessage(
  'table',
  attributes('table', {
    name: attribute(1, cString()),
    flags: attribute(2, be32),
    use: attribute(3, be32),
    handle: attribute(4, be64),
    userData: attribute(6, bytes()),
    owner: attribute(7, be32),
  }),
);
