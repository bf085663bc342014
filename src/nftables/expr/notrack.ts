import { attributes } from '../../wire/index.ts';

/** It has no attributes. */
export const notrack = attributes('notrack', {});
