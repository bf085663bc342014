export { checkPort } from './bound.ts';
export { connectedSocket } from './connected.ts';
export { listen, type ListenOptions } from './listen.ts';
export { closedOnFailure, openSocket, type Place } from './place.ts';
export { addressFamily, anyAddress, ipOf, portOf, sockaddr } from './sockaddr.ts';
export { dial, type DialOptions } from './tcp.ts';
export { adoptUdp, openUdp, type UdpOptions } from './udp.ts';
export { dialRelay, type LoopbackService, onLoopback, Relay, targetsOf } from './relay.ts';
