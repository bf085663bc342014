export { renderElements } from './set.ts';
export { renderStatement } from './statement.ts';
export { renderTable } from './table.ts';
export { identifier } from './words.ts';
