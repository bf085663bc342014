import {
  monotonic,
  checkArgument,
  checkOptions,
  isListOf,
  type Kind,
  type OptionKinds,
  CapabilityError,
  after,
} from '../base/index.ts';
import type { StdioOptions } from 'node:child_process';
import type { NetConnectOpts } from 'node:net';
import { resolve } from 'node:path';
import type { Ip } from '../addr/index.ts';
import { ApplyError } from '../apply/index.ts';
import { libc, SyscallError } from '../ffi/index.ts';
import { NETLINK_NETFILTER, NetlinkSocket, type NetlinkListener } from '../netlink/index.ts';
import { namespaceInode, openNamespace, LabMounts, within, type ExecOptions, type ExecResult } from '../netns/index.ts';
import type { TracedPacket } from '../nftables/index.ts';
import { formatEgress, type Compiled, type EgressRule, type TopologyInput } from '../topology/index.ts';
import { namespaceName, type NamespaceName } from '../state/index.ts';
import { difference } from '../store/index.ts';
import { down, observeLab, up } from '../lab/index.ts';
import { kernelHasIpv6, requirePrivilege } from '../proc/index.ts';
import { hasIpv6Uplink, isRootless, requireUplink, UPLINK_SUBNET } from '../rootless/index.ts';
import type { Denial, DeniedName } from './denial.ts';
import { requireIds } from './ids.ts';
import { launch, type Launched } from './launch.ts';
import { BOX, leaseSandbox, LimitGroup, sandboxName } from '../lease/index.ts';
import { NamePolicy } from './names.ts';
import { MachineNames } from './host-names.ts';
import { isOnLoopback, readOptions, startingFolder, type Plan, type SandboxOptions } from './options.ts';
import { OPEN_MAX, OpenAddresses } from './open-addresses.ts';
import { listenForRefusals, protocolName } from './refused-packets.ts';
import { isOwnAddress } from './own-addresses.ts';
import { dialRelay, onLoopback, Relay, targetsOf } from '../sockets/index.ts';
import { Resolver, type QueryOrigin } from './resolver.ts';
import { openOnLoopback } from './sockets.ts';
import { NO_IPV6_ACCESS } from '../host/index.ts';
import { removeAbandonedSandboxes } from './abandoned.ts';
import { socketOwnerOf } from './socket-owner.ts';
import { DNS_PORT, type NameServer } from '../names/index.ts';

/** The options of `box.run()`. */
export interface SandboxRunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** As in child_process.spawn. Default: `inherit`. */
  readonly stdio?: StdioOptions;
  /** User and group id to run as. Default: those of this process, root. */
  readonly uid?: number;
  readonly gid?: number;
}

type SandboxExecOptions = Omit<ExecOptions, 'encoding' | 'cwd'> & { readonly cwd?: string };

const isWhole = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0;
const ID: Kind = ['a user or group id', (value) => isWhole(value) && (value as number) < 2 ** 32 - 1];
const isStream = (value: unknown): boolean =>
  typeof value === 'string' || isWhole(value) || value === null || value === undefined;
const STREAMS: Kind = [
  '"inherit", "pipe", "ignore", or an array of these and of descriptors',
  (value) => typeof value === 'string' || isListOf(value, isStream),
];
const RUN_OPTIONS: OptionKinds<SandboxRunOptions> = { env: 'object', cwd: 'text', stdio: STREAMS, uid: ID, gid: ID };
const EXEC_OPTIONS: OptionKinds<SandboxExecOptions> = {
  env: 'object',
  cwd: 'text',
  input: 'bytes',
  timeout: 'time',
  signal: 'signal',
};

const NODE = BOX;
const NETWORK = BOX;
/** Reserved for benchmarks (RFC 2544), at the end of the range of uplinks; and a unique local prefix (RFC 4193). */
const SUBNET = { 4: '198.19.255.252/30', 6: 'fd6e:7772:756e::/64' };
/** How many refused names are reported per second; the rules have such a limit for packets. */
const NAMES_PER_SECOND = 100;
/** Milliseconds that close() waits for another process that is changing the lab. */
const CLOSE_WAIT = 10_000;

const nodeNamespace = (lab: string): NamespaceName => namespaceName({ lab, node: NODE });

/**
 * An environment for commands that can reach only allowed destinations.
 *
 * @example
 * await using box = await sandbox({ allow: ['registry.example:443'] });
 * const { status } = await box.exec('npm', ['ci']);
 */
export class Sandbox implements AsyncDisposable {
  /** The name of its lab: `netwright ls` lists it, `netwright down` removes it. */
  readonly name: string;
  /** Warnings about properties of the host that restrict the sandbox. */
  readonly warnings: readonly string[];
  readonly #options: SandboxOptions;
  readonly #plan: Plan;
  readonly #net: number;
  readonly #inode: string;
  readonly #limits: LimitGroup | undefined;
  /** Functions that release resources, called in reverse order. */
  readonly #cleanups: (() => void | Promise<unknown>)[];
  readonly #names = new Map<Ip, string>();
  readonly #hostNames = new MachineNames();
  #reported = { second: 0, names: 0 };
  #listener: NetlinkListener | undefined;

  private constructor(
    parts: { name: string; warnings: readonly string[]; net: number; limits: LimitGroup | undefined },
    options: SandboxOptions,
    plan: Plan,
    cleanups: (() => void | Promise<unknown>)[],
  ) {
    this.name = parts.name;
    this.warnings = parts.warnings;
    this.#options = options;
    this.#plan = plan;
    this.#net = parts.net;
    this.#limits = parts.limits;
    this.#cleanups = cleanups;
    cleanups.push(() => this.#hostNames[Symbol.dispose]());
    this.#inode = `net:[${namespaceInode(new LabMounts(parts.name).path(nodeNamespace(parts.name)))}]`;
  }

  /**
   * Creates a sandbox. When it returns, all rules are in the kernel, and have been read back from it.
   * @param through UNIX sockets that lead to the {@link loopbackServices} of the plan, in their order: for the user
   *   namespace of the labs, whose loopback is not the host's
   * @throws UsageError if the options are invalid; CapabilityError, ApplyError if it cannot be created
   */
  static async open(options: SandboxOptions = {}, through?: readonly string[]): Promise<Sandbox> {
    const plan = readOptions(options);
    const { rules } = plan;
    startingFolder();
    requirePrivilege('running a command in a sandbox');
    requireNftables();
    if (rules.length > 0) requireUplink('--allow needs');
    await removeAbandonedSandboxes();

    const name = sandboxName();
    const cleanups: (() => void | Promise<unknown>)[] = [];
    try {
      cleanups.push(() => down(name, { wait: CLOSE_WAIT }));
      const { compiled, warnings } = await up({ value: topologyOf(name, rules) });
      const lease = leaseSandbox(name);
      cleanups.push(() => lease.release());
      readBack(compiled);
      const limits = options.limits === undefined ? undefined : new LimitGroup(name, options.limits);
      const net = openNamespace(nodeNamespace(name));
      cleanups.push(() => libc.close(net));
      const hasIpv6 = compiled.state.namespaces[name]!.routes.some(({ destination }) => destination === '::/0');
      const needsIpv6 = rules.some(({ network }) => network?.includes(':') === true);
      const sandbox = new Sandbox(
        { name, net, limits, warnings: warnings.filter((text) => needsIpv6 || !text.startsWith(NO_IPV6_ACCESS)) },
        options,
        plan,
        cleanups,
      );
      sandbox.#startListener();
      const { forwards, servers } = routesOf(plan, through);
      sandbox.#startResolver(rules, servers, hasIpv6 && hasIpv6Uplink() ? [4, 6] : [4]);
      for (const { port, targets } of forwards) sandbox.#startRelay(port, targets);
      return sandbox;
    } catch (error) {
      await releaseAll(cleanups);
      throw error;
    }
  }

  #startListener(): void {
    if (this.#options.onDenied === undefined) return;
    const router = openNamespace(this.name);
    let listener: NetlinkListener;
    try {
      this.#listener = listener = within(router, () => listenForRefusals((packet) => this.#packetDenied(packet)));
    } finally {
      libc.close(router);
    }
    this.#cleanups.push(() => {
      this.#listener = undefined;
      return listener.close();
    });
  }

  #startResolver(
    rules: readonly EgressRule[],
    servers: readonly NameServer[] | undefined,
    families: readonly (4 | 6)[],
  ): void {
    const router = openNamespace(this.name);
    let openings: OpenAddresses;
    try {
      openings = within(router, () => new OpenAddresses(NETWORK));
    } finally {
      libc.close(router);
    }
    this.#cleanups.push(() => openings[Symbol.dispose]());
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
      servers: () => servers ?? this.#hostNames.servers,
      inHosts: (name) => this.#hostNames.inHosts(name),
      families,
      policy: new NamePolicy(
        rules,
        isOwnAddress,
        () => this.#hostNames.search,
        (name) => this.#hostNames.inHosts(name) !== undefined,
      ),
      open: (matching, addresses, seconds, name) => {
        openings.open(matching, addresses, seconds);
        // Only for reports: so old entries can be dropped.
        if (this.#names.size > OPEN_MAX) this.#names.clear();
        for (const address of addresses) this.#names.set(address, name);
      },
      onDenied: (denial, origin) => this.#nameDenied(denial, origin),
    });
    this.#cleanups.push(() => resolver.close());
  }

  #startRelay(port: number, targets: readonly NetConnectOpts[]): void {
    const listener = within(this.#net, () => openOnLoopback('tcp', port));
    const relay = new Relay(listener, targets);
    this.#cleanups.push(() => relay.close());
  }

  #packetDenied({ protocol, destination, destinationPort, sourcePort }: TracedPacket): void {
    const word = protocolName(protocol);
    const name = this.#names.get(destination);
    this.#report({
      kind: 'packet',
      time: new Date(),
      ...socketOwnerOf(this.#inode, word, sourcePort),
      protocol: word,
      address: destination,
      ...(destinationPort === undefined ? {} : { port: destinationPort }),
      ...(name === undefined ? {} : { name }),
    });
  }

  #nameDenied(
    denial: Pick<DeniedName, 'name' | 'type' | 'reason' | 'addresses'>,
    { protocol, port }: QueryOrigin,
  ): void {
    if (this.#options.onDenied === undefined || !this.#mayReportName()) return;
    this.#report({ kind: 'name', time: new Date(), ...socketOwnerOf(this.#inode, protocol, port), ...denial });
  }

  /**
   * Calls onDenied. An error that it throws becomes an uncaught exception, as in an event listener, and disturbs
   * nothing here.
   */
  #report(denial: Denial): void {
    try {
      this.#options.onDenied?.(denial);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  /**
   * True if another refused name may be reported in this second: to find its process is more expensive than a query.
   */
  #mayReportName(): boolean {
    const second = Math.floor(monotonic() / 1000);
    if (second !== this.#reported.second) this.#reported = { second, names: 0 };
    return this.#reported.names++ < NAMES_PER_SECOND;
  }

  /**
   * Starts a command. It ends when this process does. With `pid` isolation, all its descendants end with it.
   * @throws SyscallError ENOENT if there is no such command; CapabilityError
   */
  async run(command: string, args: readonly string[] = [], options: SandboxRunOptions = {}): Promise<Launched> {
    checkArgument('command', command, 'text');
    checkArgument('args', args, 'texts');
    checkOptions(options, RUN_OPTIONS);
    const { env = process.env, stdio = 'inherit', uid, gid } = options;
    requireIds(uid, gid);
    const cwd = startingFolder(options.cwd);
    const writable = [cwd, ...(this.#options.writable ?? []).map((path) => resolve(path))];
    const launched = await launch(
      {
        net: this.#net,
        namespace: nodeNamespace(this.name),
        hostName: NODE,
        isolate: this.#plan.isolate,
        limits: this.#limits,
        view: { resolvConf: this.#hostNames.resolvConf, writable },
      },
      { command, args, env, cwd, stdio, ...(uid === undefined ? {} : { uid }), ...(gid === undefined ? {} : { gid }) },
    );
    const ended = launched.ended.then((end) => {
      // Reports the last refused packets before its end.
      this.#listener?.drain();
      return end;
    });
    return { ...launched, ended };
  }

  /** Runs a command to its end, and returns its output. An exit status other than 0 is not an error. */
  async exec(command: string, args: readonly string[] = [], options: SandboxExecOptions = {}): Promise<ExecResult> {
    checkOptions(options, EXEC_OPTIONS);
    const { input, timeout, signal, cwd, env } = options;
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
        // It has ended, but its children still hold its output open.
      }
    };
    const clearTimer = timeout === undefined || timeout === 0 ? undefined : after(timeout, kill);
    signal?.addEventListener('abort', kill, { once: true });
    const end = await launched.ended;
    clearTimer?.();
    signal?.removeEventListener('abort', kill);
    signal?.throwIfAborted();
    return { stdout: text(end.stdout), stderr: text(end.stderr), status: end.status, signal: end.signal };
  }

  /** Ends all its programs and removes it. @throws the failures, after everything else has been done */
  async close(): Promise<void> {
    const failures = await releaseAll(this.#cleanups);
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) throw new AggregateError(failures, failures.map(String).join('; '));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

/** Creates a sandbox: {@link Sandbox.open}. */
export const sandbox = (options: SandboxOptions = {}): Promise<Sandbox> => Sandbox.open(options);

/** Calls all functions, and returns their errors. */
async function releaseAll(cleanups: (() => void | Promise<unknown>)[]): Promise<unknown[]> {
  const failures: unknown[] = [];
  for (let release = cleanups.pop(); release !== undefined; release = cleanups.pop()) {
    try {
      await release();
    } catch (error) {
      failures.push(error);
    }
  }
  return failures;
}

function topologyOf(name: string, rules: readonly EgressRule[]): TopologyInput {
  // One address of the uplink's subnet is the forwarder to the host's resolver, which can be on the host's loopback.
  // Packets within the sandbox's own network are not forwarded.
  const ipv4 = isRootless() ? UPLINK_SUBNET : SUBNET[4];
  const subnet = kernelHasIpv6() ? [ipv4, SUBNET[6]] : [ipv4];
  return {
    name,
    networks: { [NETWORK]: { subnet, internet: true, egress: rules.map(formatEgress) } },
    nodes: { [NODE]: { networks: [NETWORK] } },
  };
}

/** @throws ApplyError if the kernel's state differs from the compiled one */
function readBack({ lab, state }: Compiled): void {
  const missing = difference(state, observeLab(lab, state));
  if (missing.length > 0)
    throw new ApplyError(
      `the sandbox "${lab}" was changed: ${missing.map(({ op }) => op).join(', ')} would repair it; the command was not started`,
      { done: 0, total: missing.length, rolledBack: true },
      { cause: undefined },
    );
}

/** @throws CapabilityError without nftables */
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

/** The targets of a plan's forwards, and its name servers; undefined for those of the host. */
function routesOf(
  plan: Plan,
  through: readonly string[] = [],
): { forwards: { port: number; targets: readonly NetConnectOpts[] }[]; servers: NameServer[] | undefined } {
  const paths = through.slice();
  const forwards = plan.forwards.map(({ inside, outside }) => {
    const path = paths.shift();
    return { port: inside, targets: path === undefined ? targetsOf(onLoopback(outside)) : [{ path }] };
  });
  const servers = plan.resolvers?.map((server) => {
    const path = isOnLoopback(server) ? paths.shift() : undefined;
    return path === undefined
      ? server
      : { ...server, tcp: true, dial: (signal: AbortSignal) => dialRelay(path, signal) };
  });
  return { forwards, servers };
}
