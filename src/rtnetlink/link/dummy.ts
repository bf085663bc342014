import { attributes } from '../../wire/index.ts';

/** A link that drops what it is given. It has no attributes. */
export const dummy = attributes('dummy', {});
