import { attribute, attributes, cString } from '../../wire/index.ts';

/** NFTA_FLOW_*: the flowtable to which the connection is added. */
export const flowOffload = attributes('flow_offload', { tableName: attribute(1, cString()) });
