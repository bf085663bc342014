import { attributes } from '../wire/index.ts';
import { defineKind } from './define/index.ts';

/** The interface `lo`, which the kernel creates in every namespace. */
export const loopback = defineKind({
  name: 'loopback',
  madeBy: 'kernel',
  data: attributes('loopback', {}),
  options: {},
  hasMac: false,
});
