import { attributes } from '../wire/index.ts';
import { defineKind } from './define/index.ts';

/** A link that drops all packets that are sent to it. */
export const dummy = defineKind({
  name: 'dummy',
  doctor: { title: 'dummy links', needed: 'addresses that belong to no network', litters: 'dummy0' },
  data: attributes('dummy', {}),
  options: {},
  mtu: 1500,
});
