import { attributes } from '../../wire/index.ts';

/** The expression has no attributes. */
export const notrack = attributes('notrack', {});
