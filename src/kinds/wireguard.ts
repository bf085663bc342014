import { attributes } from '../wire/index.ts';
import { defineKind } from './define/index.ts';

/** A WireGuard tunnel. Its keys and peers are set through generic netlink, as by wg(8). */
export const wireguard = defineKind({
  name: 'wireguard',
  doctor: { title: 'WireGuard', needed: 'WireGuard tunnels' },
  data: attributes('wireguard', {}),
  options: {},
  hasMac: false,
});
