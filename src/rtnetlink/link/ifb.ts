import { attributes } from '../../wire/index.ts';

/** An intermediate functional block, to which tc redirects what arrives elsewhere. It has no attributes. */
export const ifb = attributes('ifb', {});
