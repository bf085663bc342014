import { FormatError, PORT_MAX, readPortRange } from '../format/index.ts';

/** What the outside address and port of an inside endpoint depend on: RFC 4787, section 4.1; RFC 5382, section 4.1. */
export const MAPPINGS = ['endpoint-independent', 'address-dependent', 'address-and-port-dependent'] as const;
export type Mapping = (typeof MAPPINGS)[number];

/** A common name for both mappings that are not endpoint-independent; it is read as `address-and-port-dependent`. */
export const ENDPOINT_DEPENDENT = 'endpoint-dependent';

/** Which outside endpoints can send to a mapped port: RFC 4787, section 5; RFC 5382, section 4.3. */
export const FILTERINGS = ['endpoint-independent', 'address', 'address-and-port'] as const;
export type Filtering = (typeof FILTERINGS)[number];

/** How IPv6 is translated. */
export const IPV6_MODES = ['none', 'masquerade', 'nptv6'] as const;
export type Ipv6Mode = (typeof IPV6_MODES)[number];

type Ports = readonly [number, number];

/** The behaviour of a NAT. */
export interface NatPolicy {
  readonly mapping: Mapping;
  readonly filtering: Filtering;
  /** True if inside endpoints can reach each other through their outside addresses. */
  readonly hairpin: boolean;
  /** The lowest and the highest outside port that can be mapped. */
  readonly ports: Ports;
  /** True if an endpoint keeps its inside port, if that is free. */
  readonly portPreserving: boolean;
  /** True if even ports are mapped to even ports, and odd to odd. */
  readonly parity: boolean;
  /** Seconds without outbound packets after which a mapping is deleted. */
  readonly udpTimeout: number;
  readonly tcpTimeout: number;
  readonly ipv6: Ipv6Mode;
}

/** Reads `1024-65535`, or one port. @throws FormatError */
export function parsePorts(text: string): Ports {
  const range = readPortRange(text);
  if (range === undefined)
    throw new FormatError(`"${text}" is no range of ports from 1 to ${PORT_MAX}, such as 1024-65535`);
  return [range.first, range.last];
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
/** RFC 5382, REQ-5: the minimum idle timeout of an established connection. */
const TCP_ESTABLISHED = 2 * HOUR + 4 * MINUTE;

/** RFC 5382, REQ-5: the idle timeout of a TCP connection that is not established, in seconds. */
export const TCP_TRANSITORY = 4 * MINUTE;

/** The full cone NAT of RFC 3489; the presets below differ in some keys. */
const CONE: NatPolicy = {
  mapping: 'endpoint-independent',
  filtering: 'endpoint-independent',
  hairpin: true,
  ports: [1024, PORT_MAX],
  portPreserving: true,
  parity: false,
  udpTimeout: 5 * MINUTE,
  tcpTimeout: TCP_ESTABLISHED,
  ipv6: 'none',
};

/** The policies of the preset names. */
export const PRESETS = {
  /** A home router: as RFC 4787 requires, with address-and-port-dependent filtering as most have. */
  home: { ...CONE, filtering: 'address-and-port', udpTimeout: 2 * MINUTE },
  /** A corporate firewall: a port for each destination, with short timeouts. */
  corporate: {
    ...CONE,
    mapping: 'address-and-port-dependent',
    filtering: 'address-and-port',
    hairpin: false,
    portPreserving: false,
    udpTimeout: 30,
    tcpTimeout: HOUR,
  },
  /** A cloud provider's NAT gateway: timeouts of 350 seconds. */
  cloud: {
    ...CONE,
    mapping: 'address-and-port-dependent',
    filtering: 'address-and-port',
    hairpin: false,
    portPreserving: false,
    udpTimeout: 350,
    tcpTimeout: 350,
  },
  /** A carrier-grade NAT, as RFC 6888 requires. */
  cgnat: { ...CONE, portPreserving: false, parity: true },
  'full-cone': CONE,
  'restricted-cone': { ...CONE, filtering: 'address' },
  'port-restricted': { ...CONE, filtering: 'address-and-port' },
  symmetric: {
    ...CONE,
    mapping: 'address-and-port-dependent',
    filtering: 'address-and-port',
    portPreserving: false,
  },
} as const satisfies Readonly<Record<string, NatPolicy>>;

export type PresetName = keyof typeof PRESETS;
export const PRESET_NAMES = Object.keys(PRESETS) as [PresetName, ...PresetName[]];

/** The preset for keys that a topology does not set. */
export const DEFAULT_PRESET: PresetName = 'home';
