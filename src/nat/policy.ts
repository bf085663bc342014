import { FormatError, PORT_MAX, readPortRange } from '../format/index.ts';

/** What the outside address and port of an inside endpoint depend on: RFC 4787, section 4.1; RFC 5382, section 4.1. */
export const MAPPINGS = ['endpoint-independent', 'address-dependent', 'address-and-port-dependent'] as const;
export type Mapping = (typeof MAPPINGS)[number];

/** What the two mappings that are not endpoint-independent are often called; the narrower one is meant. */
export const ENDPOINT_DEPENDENT = 'endpoint-dependent';

/** Who may send to a mapped port: RFC 4787, section 5; RFC 5382, section 4.3. */
export const FILTERINGS = ['endpoint-independent', 'address', 'address-and-port'] as const;
export type Filtering = (typeof FILTERINGS)[number];

/** What becomes of IPv6. */
export const IPV6_MODES = ['none', 'masquerade', 'nptv6'] as const;
export type Ipv6Mode = (typeof IPV6_MODES)[number];

type Ports = readonly [number, number];

/** How a NAT behaves, every word of it said. */
export interface NatPolicy {
  readonly mapping: Mapping;
  readonly filtering: Filtering;
  /** Whether inside endpoints reach each other by their outside addresses. */
  readonly hairpin: boolean;
  /** The outside ports that are given out: lowest and highest. */
  readonly ports: Ports;
  /** Whether an endpoint is given the port that it has inside, where that is free. */
  readonly portPreserving: boolean;
  /** Whether even ports are given to even ones, and odd to odd. */
  readonly parity: boolean;
  /** Seconds after which a mapping that nothing was sent through is forgotten. */
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
/** RFC 5382, REQ-5: what an established connection may be idle at the least. */
const TWO_HOURS_FOUR = 2 * HOUR + 4 * MINUTE;

/** What is kept of TCP for as long, at the most, that is not an established connection: RFC 5382, REQ-5. In seconds. */
export const TCP_TRANSITORY = 4 * MINUTE;

/** The cone of RFC 3489 that lets everybody in; the others of its names are this with something closed. */
const CONE: NatPolicy = {
  mapping: 'endpoint-independent',
  filtering: 'endpoint-independent',
  hairpin: true,
  ports: [1024, PORT_MAX],
  portPreserving: true,
  parity: false,
  udpTimeout: 5 * MINUTE,
  tcpTimeout: TWO_HOURS_FOUR,
  ipv6: 'none',
};

/** What each name stands for. */
export const PRESETS = {
  /** A router as one has at home: as RFC 4787 asks, and with the filter that most have. */
  home: { ...CONE, filtering: 'address-and-port', udpTimeout: 2 * MINUTE },
  /** A firewall of a company: a port for each destination, forgotten soon. */
  corporate: {
    ...CONE,
    mapping: 'address-and-port-dependent',
    filtering: 'address-and-port',
    hairpin: false,
    portPreserving: false,
    udpTimeout: 30,
    tcpTimeout: HOUR,
  },
  /** A gateway that a cloud rents out, whose timeouts are 350 seconds. */
  cloud: {
    ...CONE,
    mapping: 'address-and-port-dependent',
    filtering: 'address-and-port',
    hairpin: false,
    portPreserving: false,
    udpTimeout: 350,
    tcpTimeout: 350,
  },
  /** A carrier's, as RFC 6888 asks. */
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

/** What is not said of a NAT is as at home. */
export const DEFAULT_PRESET: PresetName = 'home';
