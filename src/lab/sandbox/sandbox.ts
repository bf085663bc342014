import type { StdioOptions } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { parseIp, type Ip } from '../../addr/index.ts';
import { ApplyError } from '../../apply/index.ts';
import { CapabilityError, NetwrightError, UsageError } from '../../base/error.ts';
import { libc, SyscallError } from '../../ffi/index.ts';
import { parseResolvConf } from '../../names/index.ts';
import { NETLINK_NETFILTER, NETLINK_ROUTE, NetlinkSocket, type NetlinkListener } from '../../netlink/index.ts';
import { namespaceInode, openNamespace, Pins, within, type ExecOptions, type ExecResult } from '../../netns/index.ts';
import type { TracedPacket } from '../../nftables/index.ts';
import { getAddresses } from '../../rtnetlink/index.ts';
import { formatEgress, parseEgress, type Compiled, type EgressRule, type TopologyInput } from '../../topology/index.ts';
import { difference } from '../difference.ts';
import { down } from '../down.ts';
import { observeLab } from '../plan.ts';
import { requirePrivilege } from '../privilege.ts';
import { up } from '../up.ts';
import type { Denial, DeniedName } from './denial.ts';
import { launch, type Isolation, type Launched } from './launch.ts';
import { LimitGroup, type Limits } from './limits.ts';
import { NamePolicy } from './names.ts';
import { OPEN_MAX, Openings } from './openings.ts';
import { hearRefusals, protocolName } from './refusals.ts';
import { Relay } from './relay.ts';
import { Resolver, type Asker } from './resolver.ts';
import { openOnLoopback } from './sockets.ts';
import { BOX, removeAbandoned, sandboxName, Supervision } from './supervisor.ts';
import type { Server } from './upstream.ts';
import { ownerOf } from './who.ts';

export interface SandboxOptions {
  /**
   * The destinations that may be reached, each `HOST[:PORT[-PORT]][/PROTOCOL]`: HOST is a name, `*.NAME`, an address or a
   * prefix. Nothing else may.
   */
  readonly allow?: readonly string[];
  /** Ports of this machine's loopback that are found on the sandbox's: `5432`, or `5432:15432` for the host's 15432. */
  readonly forwardHost?: readonly (string | number)[];
  /** `net`, `pid`, `ipc` and `uts` when absent; `net` in any case. */
  readonly isolate?: readonly Isolation[];
  readonly limits?: Limits;
  /** Folders that stay writable under `mnt`, besides the working directory. */
  readonly writable?: readonly string[];
  /** Name servers to ask, `ADDRESS` or `ADDRESS:PORT`; those of this machine's /etc/resolv.conf when absent. */
  readonly resolvers?: readonly string[];
  /** Called for everything that was tried and refused. */
  readonly onDenied?: (denial: Denial) => void;
}

export interface SandboxRunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** As of child_process.spawn; `inherit` when absent. */
  readonly stdio?: StdioOptions;
  /** Ids to run as; root's, as this process's, when absent. */
  readonly uid?: number;
  readonly gid?: number;
}

const NODE = BOX;
const NETWORK = BOX;
/** Set aside for tests between networks (RFC 2544), at the end of where uplinks come from; and a local one (RFC 4193). */
const SUBNET = { 4: '198.19.255.252/30', 6: 'fd6e:7772:756e::/64' };
const ISOLATIONS: readonly Isolation[] = ['net', 'pid', 'ipc', 'uts', 'mnt', 'user'];
const DEFAULT_ISOLATION: readonly Isolation[] = ['net', 'pid', 'ipc', 'uts'];
const DNS_PORT = 53;
/** GID_T_MAX of linux/ping.h. */
const MAX_GROUP = 0x7fffffff;
/** How many refused names are told of in a second; the rules have such a limit for packets. */
const NAMES_TOLD = 100;
/** How long closing waits for another process that is changing the lab, in milliseconds. */
const CLOSE_WAIT = 10_000;

/**
 * A place to run commands that reach nothing but what is allowed.
 *
 * @example
 * await using box = await sandbox({ allow: ['registry.example:443'] });
 * const { status } = await box.exec('npm', ['ci']);
 */
export class Sandbox implements AsyncDisposable {
  /** The lab that it is: `ls` shows it, `down` removes it. */
  readonly name: string;
  /** What will surprise. */
  readonly warnings: readonly string[];
  readonly #options: SandboxOptions;
  readonly #isolate: ReadonlySet<Isolation>;
  readonly #net: number;
  readonly #inode: string;
  readonly #limits: LimitGroup | undefined;
  /** To be let go of, the last first. */
  readonly #held: (() => void | Promise<unknown>)[];
  readonly #names = new Map<Ip, string>();
  #told = { second: 0, names: 0 };
  #listener: NetlinkListener | undefined;

  private constructor(
    made: { name: string; warnings: readonly string[]; net: number; limits: LimitGroup | undefined },
    options: SandboxOptions,
    held: (() => void | Promise<unknown>)[],
  ) {
    this.name = made.name;
    this.warnings = made.warnings;
    this.#options = options;
    this.#isolate = isolationOf(options);
    this.#net = made.net;
    this.#limits = made.limits;
    this.#held = held;
    this.#inode = `net:[${namespaceInode(new Pins(made.name).path(`${made.name}.${NODE}`))}]`;
  }

  /**
   * Makes a sandbox. When it returns, every rule is in the kernel, and has been read back from it.
   * @throws UsageError for options that cannot be understood; CapabilityError, ApplyError when it cannot be made
   */
  static async open(options: SandboxOptions = {}): Promise<Sandbox> {
    const rules = (options.allow ?? []).map(read(parseEgress));
    const forwards = (options.forwardHost ?? []).map(parseForward);
    const servers = serversOf(options);
    isolationOf(options);
    requirePrivilege('running a command in a sandbox');
    requireNftables();
    await removeAbandoned();

    const name = sandboxName();
    const held: (() => void | Promise<unknown>)[] = [];
    try {
      held.push(() => down(name, { wait: CLOSE_WAIT }));
      const { compiled, warnings } = await up({ value: topologyOf(name, rules) });
      const supervision = new Supervision(name);
      held.push(() => supervision[Symbol.dispose]());
      readBack(compiled);
      const limits = options.limits === undefined ? undefined : new LimitGroup(name, options.limits);
      const net = openNamespace(`${name}.${NODE}`);
      held.push(() => libc.close(net));
      const hasIpv6 = compiled.state.namespaces[name]!.routes.some(({ destination }) => destination === '::/0');
      const needsIpv6 = rules.some(({ network }) => network?.includes(':') === true);
      const sandbox = new Sandbox(
        { name, net, limits, warnings: warnings.filter((text) => needsIpv6 || !text.startsWith('IPv6 ')) },
        options,
        held,
      );
      sandbox.#listen();
      sandbox.#answer(rules, servers, hasIpv6 ? [4, 6] : [4]);
      for (const forward of forwards) sandbox.#relay(forward);
      return sandbox;
    } catch (error) {
      await letGo(held);
      throw error;
    }
  }

  #listen(): void {
    if (this.#options.onDenied === undefined) return;
    const router = openNamespace(this.name);
    let listener: NetlinkListener;
    try {
      this.#listener = listener = within(router, () => hearRefusals((packet) => this.#packetDenied(packet)));
    } finally {
      libc.close(router);
    }
    this.#held.push(() => {
      this.#listener = undefined;
      return listener.close();
    });
  }

  #answer(rules: readonly EgressRule[], servers: readonly Server[], families: readonly (4 | 6)[]): void {
    const router = openNamespace(this.name);
    let openings: Openings;
    try {
      openings = within(router, () => new Openings(NETWORK));
    } finally {
      libc.close(router);
    }
    this.#held.push(() => openings[Symbol.dispose]());
    const sockets = within(this.#net, () => {
      const udp = openOnLoopback('udp', DNS_PORT);
      try {
        return { udp, tcp: openOnLoopback('tcp', DNS_PORT) };
      } catch (error) {
        libc.close(udp);
        throw error;
      }
    });
    const resolver = new Resolver({
      sockets,
      servers,
      families,
      policy: new NamePolicy(rules, isOwnAddress),
      open: (matching, addresses, seconds, name) => {
        openings.open(matching, addresses, seconds);
        // For telling of them only: those of long ago go.
        if (this.#names.size > OPEN_MAX) this.#names.clear();
        for (const address of addresses) this.#names.set(address, name);
      },
      onDenied: (denial, asker) => this.#nameDenied(denial, asker),
    });
    this.#held.push(() => resolver.close());
  }

  #relay({ inside, outside }: Forward): void {
    const listener = within(this.#net, () => openOnLoopback('tcp', inside));
    const relay = new Relay(listener, outside);
    this.#held.push(() => relay.close());
  }

  #packetDenied({ protocol, destination, destinationPort, sourcePort }: TracedPacket): void {
    const word = protocolName(protocol);
    const name = this.#names.get(destination);
    this.#options.onDenied?.({
      kind: 'packet',
      time: new Date(),
      ...ownerOf(this.#inode, word, sourcePort),
      protocol: word,
      address: destination,
      ...(destinationPort === undefined ? {} : { port: destinationPort }),
      ...(name === undefined ? {} : { name }),
    });
  }

  #nameDenied(denial: Pick<DeniedName, 'name' | 'type' | 'reason' | 'addresses'>, { protocol, port }: Asker): void {
    if (this.#options.onDenied === undefined || !this.#mayTell()) return;
    this.#options.onDenied({ kind: 'name', time: new Date(), ...ownerOf(this.#inode, protocol, port), ...denial });
  }

  /** Whether another name may be told of this second: looking for who it was costs more than asking. */
  #mayTell(): boolean {
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#told.second) this.#told = { second, names: 0 };
    return this.#told.names++ < NAMES_TOLD;
  }

  /**
   * Starts a command. It ends with this process, and all that it has started ends with it, where `pid` is isolated.
   * @throws SyscallError ENOENT when there is no such command; CapabilityError
   */
  async run(command: string, args: readonly string[] = [], options: SandboxRunOptions = {}): Promise<Launched> {
    const { env = process.env, stdio = 'inherit', uid, gid } = options;
    const cwd = resolve(options.cwd ?? '');
    const writable = [cwd, ...(this.#options.writable ?? []).map((path) => resolve(path))];
    const launched = await launch(
      {
        net: this.#net,
        namespace: `${this.name}.${NODE}`,
        hostName: NODE,
        isolate: this.#isolate,
        limits: this.#limits,
        view: { resolvConf: 'nameserver 127.0.0.1\n', writable },
      },
      { command, args, env, cwd, stdio, ...(uid === undefined ? {} : { uid }), ...(gid === undefined ? {} : { gid }) },
    );
    const ended = launched.ended.then((end) => {
      // What it was refused last is told of before its end is.
      this.#listener?.drain();
      return end;
    });
    return { ...launched, ended };
  }

  /** Runs a command to its end, and gives what it printed. A status other than 0 is not an error. */
  async exec(
    command: string,
    args: readonly string[] = [],
    { input, timeout, signal, cwd, env }: Omit<ExecOptions, 'encoding' | 'cwd'> & { readonly cwd?: string } = {},
  ): Promise<ExecResult> {
    const stdin = input === undefined ? 'ignore' : 'pipe';
    const launched = await this.run(command, args, {
      ...(cwd !== undefined && { cwd }),
      ...(env !== undefined && { env }),
      stdio: [stdin, 'pipe', 'pipe'],
    });
    if (input !== undefined) {
      launched.write(input);
      launched.write();
    }
    const kill = (): void => {
      try {
        process.kill(launched.pid, 'SIGTERM');
      } catch {
        // It has ended, and what it started holds its output.
      }
    };
    const timer = timeout === undefined ? undefined : setTimeout(kill, timeout);
    signal?.addEventListener('abort', kill, { once: true });
    const end = await launched.ended;
    clearTimeout(timer);
    signal?.removeEventListener('abort', kill);
    signal?.throwIfAborted();
    return { stdout: text(end.stdout), stderr: text(end.stderr), status: end.status, signal: end.signal };
  }

  /** Ends what runs in it, and removes it. @throws what failed, after everything else was done */
  async close(): Promise<void> {
    const failures = await letGo(this.#held);
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) throw new AggregateError(failures, failures.map(String).join('; '));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

/** Makes a sandbox: {@link Sandbox.open}. */
export const sandbox = (options: SandboxOptions = {}): Promise<Sandbox> => Sandbox.open(options);

/** Lets go of everything, and gives what failed. */
async function letGo(held: (() => void | Promise<unknown>)[]): Promise<unknown[]> {
  const failures: unknown[] = [];
  for (let release = held.pop(); release !== undefined; release = held.pop()) {
    try {
      await release();
    } catch (error) {
      failures.push(error);
    }
  }
  return failures;
}

/** What a text that cannot be read is: the caller's mistake. */
const read =
  <T>(parse: (text: string) => T) =>
  (text: string): T => {
    try {
      return parse(text);
    } catch (error) {
      if (error instanceof NetwrightError) throw new UsageError(error.message, { cause: error });
      throw error;
    }
  };

function topologyOf(name: string, rules: readonly EgressRule[]): TopologyInput {
  const subnet = existsSync('/proc/sys/net/ipv6') ? [SUBNET[4], SUBNET[6]] : [SUBNET[4]];
  return {
    name,
    networks: { [NETWORK]: { subnet, internet: true, egress: rules.map(formatEgress) } },
    // Where pings are allowed, programs need no privilege to send them.
    nodes: { [NODE]: { networks: [NETWORK], sysctls: { 'net.ipv4.ping_group_range': `0 ${MAX_GROUP}` } } },
  };
}

/** @throws ApplyError when the kernel does not hold what it was told */
function readBack({ lab, state }: Compiled): void {
  const missing = difference(state, observeLab(lab, state));
  if (missing.length > 0)
    throw new ApplyError(
      `the sandbox "${lab}" is not as it was made: ${missing.map(({ op }) => op).join(', ')} would mend it; the command was not started`,
      { done: 0, total: missing.length, rolledBack: true },
      { cause: undefined },
    );
}

function isolationOf({ isolate = DEFAULT_ISOLATION }: SandboxOptions): ReadonlySet<Isolation> {
  const unknown = isolate.find((one) => !ISOLATIONS.includes(one));
  if (unknown !== undefined)
    throw new UsageError(`"${unknown}" is no namespace to isolate; they are ${ISOLATIONS.join(', ')}`);
  return new Set(['net', ...isolate]);
}

/** @throws CapabilityError */
function requireNftables(): void {
  try {
    NetlinkSocket.open(NETLINK_NETFILTER).close();
  } catch (error) {
    if (!(error instanceof SyscallError && error.code === 'EPROTONOSUPPORT')) throw error;
    throw new CapabilityError(
      'a sandbox needs nftables, which this kernel lacks',
      'load its module (modprobe nf_tables), or use a kernel with CONFIG_NF_TABLES; see `netwright doctor`',
      { cause: error },
    );
  }
}

interface Forward {
  readonly inside: number;
  readonly outside: number;
}

function parseForward(text: string | number): Forward {
  const [, inside, outside = inside] = /^(\d{1,5})(?::(\d{1,5}))?$/.exec(String(text)) ?? [];
  const forward = { inside: Number(inside), outside: Number(outside) };
  if (!Object.values(forward).every((port) => port >= 1 && port <= 65535))
    throw new UsageError(`"${text}" is no port to forward, such as 5432, or 5432:15432 for the host's 15432`);
  if (forward.inside === DNS_PORT) throw new UsageError(`port ${DNS_PORT} is taken, by the sandbox's own name server`);
  return forward;
}

function serversOf({ resolvers }: SandboxOptions): Server[] {
  if (resolvers !== undefined) return resolvers.map(parseServer);
  const text = existsSync('/etc/resolv.conf') ? readFileSync('/etc/resolv.conf', 'utf8') : '';
  return parseResolvConf(text).nameservers.map((address) => ({ address, port: DNS_PORT }));
}

function parseServer(text: string): Server {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const address = isIP(text) === 0 ? (bracketed ?? plain ?? '') : text;
  const number = isIP(text) === 0 && port !== undefined ? Number(port) : DNS_PORT;
  if (isIP(address) === 0 || number < 1 || number > 65535)
    throw new UsageError(`"${text}" is no name server, such as 192.0.2.53 or 127.0.0.1:5353`);
  return { address: parseIp(address), port: number };
}

/** Whether an address is one of this machine's. */
function isOwnAddress(address: Ip): boolean {
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  return getAddresses(socket).some(({ local, address: other }) => (local ?? other) === address);
}
