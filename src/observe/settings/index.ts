export { readSettings } from './made.ts';
