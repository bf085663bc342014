export { readSettings } from './changed.ts';
