import { attributes } from '../wire/index.ts';
import { defineKind } from './define/index.ts';

/** A WireGuard tunnel. Its keys and peers are set by generic netlink, which wg(8) does. */
export const wireguard = defineKind({
  name: 'wireguard',
  doctor: { title: 'WireGuard', needed: 'WireGuard tunnels' },
  data: attributes('wireguard', {}),
  options: {},
  hasMac: false,
});
