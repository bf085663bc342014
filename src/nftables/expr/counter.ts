import { attribute, attributes, be64 } from '../../wire/index.ts';

/** NFTA_COUNTER_*. */
export const counter = attributes('counter', { bytes: attribute(1, be64), packets: attribute(2, be64) });
