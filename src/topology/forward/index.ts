export { FLOW_TABLE, flowTable } from './flowtable.ts';
export { hasFlowtable, readBackSettings } from './read-back.ts';
export { asksForFlowtable, forwardKey } from './schema.ts';
