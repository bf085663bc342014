import { attributes } from '../wire/index.ts';
import { defineKind } from './define/index.ts';

/** An intermediate functional block, to which tc redirects what arrives elsewhere. */
export const ifb = defineKind({
  name: 'ifb',
  doctor: { title: 'ifb links', needed: 'impairing what a link receives', litters: 'ifb0 and ifb1' },
  data: attributes('ifb', {}),
  options: {},
  mtu: 1500,
});
