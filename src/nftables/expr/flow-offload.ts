import { attribute, attributes, cString } from '../../wire/index.ts';

/** NFTA_FLOW_*: which flowtable takes the connection. */
export const flowOffload = attributes('flow_offload', { tableName: attribute(1, cString()) });
