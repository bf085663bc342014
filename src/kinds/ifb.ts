import { attributes } from '../wire/index.ts';
import { defineKind } from './define/index.ts';

/** An intermediate functional block: tc(8) redirects packets to it that arrive on another link. */
export const ifb = defineKind({
  name: 'ifb',
  doctor: { title: 'ifb links', needed: 'impairing what a link receives', litters: 'ifb0 and ifb1' },
  data: attributes('ifb', {}),
  options: {},
  mtu: 1500,
});
