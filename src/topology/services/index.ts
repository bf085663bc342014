export type { ServicePorts } from './ports.ts';
export { readBackServices } from './read-back.ts';
export { type ModelServices, resolveServices } from './resolve.ts';
export { namedSchema, runAlternatives, type RunInput, runKey, runSchema } from './schema.ts';
