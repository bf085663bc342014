export { decompile, decompileHost, type Decompiled, type DecompileOptions } from './decompile.ts';
export type { Note } from './notes.ts';
export { topologyText } from './yaml.ts';
