import { attribute, attributes, be32 } from '../../wire/index.ts';

/** NFTA_CONNLIMIT_*. */
export const connlimit = attributes('connlimit', { count: attribute(1, be32), flags: attribute(2, be32) });
