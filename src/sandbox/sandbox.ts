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
import { MachineNames } from './machine-names.ts';
import { isOnLoopback, readOptions, startingFolder, type Plan, type SandboxOptions } from './options.ts';
import { OPEN_MAX, Openings } from './openings.ts';
import { listenForRefusals, protocolName } from './refused-packets.ts';
import { isOwnAddress } from './own-addresses.ts';
import { dialRelay, onLoopback, Relay, targetsOf } from '../sockets/index.ts';
import { Resolver, type QueryOrigin } from './resolver.ts';
import { openOnLoopback } from './sockets.ts';
import { NO_IPV6_ACCESS } from '../host/index.ts';
import { removeAbandonedSandboxes } from './abandoned.ts';
import { socketOwnerOf } from './socket-owner.ts';
import { DNS_PORT, type NameServer } from '../names/index.ts';

/** How `box.run()` starts a program. */
export interface SandboxRunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** As of child_process.spawn; `inherit` when absent. */
  readonly stdio?: StdioOptions;
  /** Ids to run as; root's, as this process's, when absent. */
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
/** Set aside for tests between networks (RFC 2544), at the end of where uplinks come from; and a local one (RFC 4193). */
const SUBNET = { 4: '198.19.255.252/30', 6: 'fd6e:7772:756e::/64' };
/** How many refused names are told of in a second; the rules have such a limit for packets. */
const NAMES_TOLD = 100;
/** How long closing waits for another process that is changing the lab, in milliseconds. */
const CLOSE_WAIT = 10_000;

const nodeNamespace = (lab: string): NamespaceName => namespaceName({ lab, node: NODE });

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
  readonly #plan: Plan;
  readonly #net: number;
  readonly #inode: string;
  readonly #limits: LimitGroup | undefined;
  /** To be let go of, the last first. */
  readonly #held: (() => void | Promise<unknown>)[];
  readonly #names = new Map<Ip, string>();
  readonly #machine = new MachineNames();
  #told = { second: 0, names: 0 };
  #listener: NetlinkListener | undefined;

  private constructor(
    made: { name: string; warnings: readonly string[]; net: number; limits: LimitGroup | undefined },
    options: SandboxOptions,
    plan: Plan,
    held: (() => void | Promise<unknown>)[],
  ) {
    this.name = made.name;
    this.warnings = made.warnings;
    this.#options = options;
    this.#plan = plan;
    this.#net = made.net;
    this.#limits = made.limits;
    this.#held = held;
    held.push(() => this.#machine[Symbol.dispose]());
    this.#inode = `net:[${namespaceInode(new LabMounts(made.name).path(nodeNamespace(made.name)))}]`;
  }

  /**
   * Makes a sandbox. When it returns, every rule is in the kernel, and has been read back from it.
   * @param through UNIX sockets that lead to the {@link loopbackServices} of the plan, in their order: in a rootless world,
   *   whose loopback is not the machine's
   * @throws UsageError for options that cannot be understood; CapabilityError, ApplyError when it cannot be made
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
    const held: (() => void | Promise<unknown>)[] = [];
    try {
      held.push(() => down(name, { wait: CLOSE_WAIT }));
      const { compiled, warnings } = await up({ value: topologyOf(name, rules) });
      const lease = leaseSandbox(name);
      held.push(() => lease.release());
      readBack(compiled);
      const limits = options.limits === undefined ? undefined : new LimitGroup(name, options.limits);
      const net = openNamespace(nodeNamespace(name));
      held.push(() => libc.close(net));
      const hasIpv6 = compiled.state.namespaces[name]!.routes.some(({ destination }) => destination === '::/0');
      const needsIpv6 = rules.some(({ network }) => network?.includes(':') === true);
      const sandbox = new Sandbox(
        { name, net, limits, warnings: warnings.filter((text) => needsIpv6 || !text.startsWith(NO_IPV6_ACCESS)) },
        options,
        plan,
        held,
      );
      sandbox.#listen();
      const { forwards, servers } = whereabouts(plan, through);
      sandbox.#answer(rules, servers, hasIpv6 && hasIpv6Uplink() ? [4, 6] : [4]);
      for (const { port, targets } of forwards) sandbox.#relay(port, targets);
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
      this.#listener = listener = within(router, () => listenForRefusals((packet) => this.#packetDenied(packet)));
    } finally {
      libc.close(router);
    }
    this.#held.push(() => {
      this.#listener = undefined;
      return listener.close();
    });
  }

  #answer(
    rules: readonly EgressRule[],
    servers: readonly NameServer[] | undefined,
    families: readonly (4 | 6)[],
  ): void {
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
      servers: () => servers ?? this.#machine.servers,
      inHosts: (name) => this.#machine.inHosts(name),
      families,
      policy: new NamePolicy(
        rules,
        isOwnAddress,
        () => this.#machine.search,
        (name) => this.#machine.inHosts(name) !== undefined,
      ),
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

  #relay(port: number, targets: readonly NetConnectOpts[]): void {
    const listener = within(this.#net, () => openOnLoopback('tcp', port));
    const relay = new Relay(listener, targets);
    this.#held.push(() => relay.close());
  }

  #packetDenied({ protocol, destination, destinationPort, sourcePort }: TracedPacket): void {
    const word = protocolName(protocol);
    const name = this.#names.get(destination);
    this.#tell({
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
    if (this.#options.onDenied === undefined || !this.#mayTell()) return;
    this.#tell({ kind: 'name', time: new Date(), ...socketOwnerOf(this.#inode, protocol, port), ...denial });
  }

  /** What whoever is told throws is an uncaught exception, as of an event's listener, and hinders nothing here. */
  #tell(denial: Denial): void {
    try {
      this.#options.onDenied?.(denial);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  /** Whether another name may be told of this second: looking for who it was costs more than asking. */
  #mayTell(): boolean {
    const second = Math.floor(monotonic() / 1000);
    if (second !== this.#told.second) this.#told = { second, names: 0 };
    return this.#told.names++ < NAMES_TOLD;
  }

  /**
   * Starts a command. It ends with this process, and all that it has started ends with it, where `pid` is isolated.
   * @throws SyscallError ENOENT when there is no such command; CapabilityError
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
        view: { resolvConf: this.#machine.resolvConf, writable },
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
        // It has ended, and what it started holds its output.
      }
    };
    const callOff = timeout === undefined || timeout === 0 ? undefined : after(timeout, kill);
    signal?.addEventListener('abort', kill, { once: true });
    const end = await launched.ended;
    callOff?.();
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

function topologyOf(name: string, rules: readonly EgressRule[]): TopologyInput {
  // One address of a world's uplink is the machine's resolver, which may be on its loopback. What is of the sandbox's own
  // network is not passed on.
  const ipv4 = isRootless() ? UPLINK_SUBNET : SUBNET[4];
  const subnet = kernelHasIpv6() ? [ipv4, SUBNET[6]] : [ipv4];
  return {
    name,
    networks: { [NETWORK]: { subnet, internet: true, egress: rules.map(formatEgress) } },
    nodes: { [NODE]: { networks: [NETWORK] } },
  };
}

/** @throws ApplyError when the kernel does not hold what it was told */
function readBack({ lab, state }: Compiled): void {
  const missing = difference(state, observeLab(lab, state));
  if (missing.length > 0)
    throw new ApplyError(
      `the sandbox "${lab}" was changed: ${missing.map(({ op }) => op).join(', ')} would repair it; the command was not started`,
      { done: 0, total: missing.length, rolledBack: true },
      { cause: undefined },
    );
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

/** Where what a plan needs of other networks is to be found; no servers for the machine's own. */
function whereabouts(
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
