// The kinds of links that the kernel of a test machine may lack, on a kernel that supports all of them. A bridge is among
// them, since it has options of VLANs here.
import { proveKinds } from '../support/link-kinds.ts';

proveKinds({ without: ['veth', 'vxlan', 'macvlan', 'ifb', 'tun'] });
