import { attributes } from '../wire/index.ts';
import { defineKind } from './define/index.ts';

/** The interface `lo`, which every namespace has. */
export const loopback = defineKind({
  name: 'loopback',
  madeBy: 'kernel',
  data: attributes('loopback', {}),
  options: {},
  hasMac: false,
});
