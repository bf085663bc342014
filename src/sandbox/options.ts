import { statSync } from 'node:fs';
import { isIP } from 'node:net';
import { contains, parseIp, type Cidr, type Ip } from '../addr/index.ts';
import {
  checkOptions,
  isListOf,
  type Kind,
  type OptionKinds,
  NetwrightError,
  UsageError,
  workingDirectory,
} from '../base/index.ts';
import { parseEgress, type EgressRule } from '../topology/index.ts';
import type { Denial } from './denial.ts';
import type { Isolation } from './launch.ts';
import type { Limits } from '../lease/index.ts';
import { DNS_PORT, type NameServer } from '../names/index.ts';
import { onLoopback, type LoopbackService } from '../sockets/index.ts';

/** The destinations that a sandbox can reach, and the other restrictions of its programs: docs/sandbox.md. */
export interface SandboxOptions {
  /**
   * The allowed destinations, each `HOST[:PORT[-PORT]][/PROTOCOL]`: HOST is a name, `*.NAME`, an address or a prefix.
   * All others are refused.
   */
  readonly allow?: readonly string[];
  /**
   * Ports of the host's loopback to forward to the sandbox's loopback: `5432`, or `5432:15432` for the host's 15432.
   */
  readonly forwardHost?: readonly (string | number)[];
  /** Default: `net`, `pid`, `ipc` and `uts`. `net` is always included. */
  readonly isolate?: readonly Isolation[];
  readonly limits?: Limits;
  /** Directories that stay writable with `mnt`, besides the working directory. */
  readonly writable?: readonly string[];
  /** Name servers to query, `ADDRESS` or `ADDRESS:PORT`. Default: those in this host's /etc/resolv.conf. */
  readonly resolvers?: readonly string[];
  /** Called for every attempt that was refused. */
  readonly onDenied?: (denial: Denial) => void;
}

/** The parsed options. */
export interface Plan {
  readonly rules: readonly EgressRule[];
  readonly forwards: readonly Forward[];
  /** Undefined means those of the host. */
  readonly resolvers: readonly NameServer[] | undefined;
  readonly isolate: ReadonlySet<Isolation>;
}

/** A forwarded port: the port in the sandbox and the one on the host. */
export interface Forward {
  readonly inside: number;
  readonly outside: number;
}

const ISOLATIONS: readonly Isolation[] = ['net', 'pid', 'ipc', 'uts', 'mnt', 'user'];
const DEFAULT_ISOLATION: readonly Isolation[] = ['net', 'pid', 'ipc', 'uts'];
const LOOPBACKS = ['127.0.0.0/8', '::1/128'] as Cidr[];

const PORTS: Kind = [
  'an array of ports, such as 5432 or "5432:15432"',
  (value) => isListOf(value, (port) => typeof port === 'string' || typeof port === 'number'),
];
const SHARE: Kind = ['a number, 0.01 or more', (value) => Number.isFinite(value) && (value as number) >= 0.01];
const POSITIVE: Kind = ['a whole number, 1 or more', (value) => Number.isSafeInteger(value) && (value as number) >= 1];

const OPTIONS: OptionKinds<SandboxOptions> = {
  allow: 'texts',
  forwardHost: PORTS,
  isolate: 'texts',
  limits: 'object',
  writable: 'texts',
  resolvers: 'texts',
  onDenied: 'function',
};
const LIMITS: OptionKinds<Limits> = { cpu: SHARE, memory: POSITIVE, pids: POSITIVE };

/** Checks and parses the options. @throws UsageError if they are invalid */
export function readOptions(options: SandboxOptions): Plan {
  checkOptions(options, OPTIONS);
  if (options.limits !== undefined) checkOptions(options.limits, LIMITS, 'options.limits');
  const { allow, forwardHost, resolvers, isolate } = options;
  return {
    rules: (allow ?? []).map(readRule),
    forwards: (forwardHost ?? []).map(parseForward),
    resolvers: resolvers?.map(parseServer),
    isolate: readIsolation(isolate ?? DEFAULT_ISOLATION),
  };
}

/**
 * The working directory of a command, relative to that of this process.
 * @throws UsageError if it is not a directory
 */
export function startingFolder(folder?: string): string {
  const path = workingDirectory(folder);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new UsageError(`the working directory ${path} is not a folder`);
  return path;
}

/** The services of a plan on the host's loopback, in an order that depends on the plan alone. */
export const loopbackServices = ({ forwards, resolvers = [] }: Plan): LoopbackService[] => [
  ...forwards.map(({ outside }) => onLoopback(outside)),
  ...resolvers.filter(isOnLoopback).map(({ address, port }) => ({ addresses: [address], port })),
];

export const isOnLoopback = ({ address }: { readonly address: Ip }): boolean =>
  LOOPBACKS.some((network) => contains(network, address));

function readIsolation(isolate: readonly Isolation[]): ReadonlySet<Isolation> {
  const unknown = isolate.find((kind) => !ISOLATIONS.includes(kind));
  if (unknown !== undefined) throw new UsageError(`unknown namespace "${unknown}"; expected ${ISOLATIONS.join(', ')}`);
  return new Set(['net', ...isolate]);
}

/** Parses a rule. @throws UsageError: an invalid rule is the caller's mistake */
function readRule(text: string): EgressRule {
  try {
    return parseEgress(text);
  } catch (error) {
    if (error instanceof NetwrightError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

function parseForward(text: string | number): Forward {
  const [, inside, outside = inside] = /^(\d{1,5})(?::(\d{1,5}))?$/.exec(String(text)) ?? [];
  const forward = { inside: Number(inside), outside: Number(outside) };
  if (!Object.values(forward).every((port) => port >= 1 && port <= 65535))
    throw new UsageError(`invalid port "${text}": expected PORT or PORT:HOSTPORT, such as 5432 or 5432:15432`);
  if (forward.inside === DNS_PORT) throw new UsageError(`port ${DNS_PORT} is used by the sandbox's own name server`);
  return forward;
}

function parseServer(text: string): NameServer {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const address = isIP(text) === 0 ? (bracketed ?? plain ?? '') : text;
  const number = isIP(text) === 0 && port !== undefined ? Number(port) : DNS_PORT;
  if (isIP(address) === 0 || number < 1 || number > 65535)
    throw new UsageError(`invalid name server "${text}": expected an address such as 192.0.2.53 or 127.0.0.1:5353`);
  return { address: parseIp(address), port: number };
}
