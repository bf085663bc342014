export { changeOf, describe } from './describe.ts';
export { explain } from './explain.ts';
export { renderStatement } from './nft/statement.ts';
export { renderTable } from './nft/table.ts';
export type { RenderOptions } from './options.ts';
export { render } from './render.ts';
export { renderScript, type ScriptOptions } from './script.ts';
