import { monotonic, PUBLIC_MODE, writeOwn, pause } from '../base/index.ts';
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { readWrittenResolvConf, withNameserver } from '../names/index.ts';
import { rootlessFacts, UPLINK_PROGRAMS } from './facts.ts';
import { uplinkRefusal } from './uplink-refusal.ts';
import {
  hasUplink,
  UPLINK_LOG,
  UPLINK_NAME,
  UPLINK_PID,
  UPLINK_RESOLVER,
  UPLINK_SUBNET,
  HOLDER_FILE,
} from './inside.ts';
import { namespaceFile, processRoot, readText } from '../proc/index.ts';

/** In {@link UPLINK_SUBNET}. slirp4netns uses the same host parts in every subnet. */
const ADDRESS = '198.19.255.100';
const GATEWAY = '198.19.255.2';
/** 65,535, the maximum of IPv4, rounded down to a multiple of 16. */
const MTU = '65520';

/** Milliseconds until the program must have set up the uplink. */
const TIMEOUT = 5000;

/**
 * Runs pasta or slirp4netns as long as the holder lives: when the holder ends, in whatever way, the kernel releases the
 * lock on the holder file, for which flock(1) waits. $1 is the holder file, $2 the log, $3 the file for the process id.
 */
const WATCHED = `
holder=$1 log=$2 pid=$3; shift 3
"$@" >/dev/null 2>"$log" & helper=$!
echo "$helper" >"$pid"
flock "$holder" sh -c "kill $helper" >/dev/null 2>&1 & watch=$!
wait "$helper"; kill "$watch" 2>/dev/null; : >"$log.ended"`;

/** Connects the user namespace to the host's network if one of the programs for it is installed. */
export function ensureUplink(holder: number): void {
  if (hasUplink(holder)) return;
  const facts = rootlessFacts({ trial: false });
  if (uplinkRefusal(facts) !== undefined) return;
  const program = UPLINK_PROGRAMS.find((name) => facts.programs.has(name))!;
  const root = processRoot(holder);
  const log = `${root}${UPLINK_LOG}`;
  const ended = `${log}.ended`;
  rmSync(ended, { force: true });
  // If root runs pasta, it changes to user nobody, who may not enter root's namespaces.
  const asRoot = program === 'pasta' && process.geteuid!() === 0 ? ['--runas', '0'] : [];
  const helper = [program, ...asRoot, ...OPTIONS[program](holder).split(' ')];
  const files = [`${root}${HOLDER_FILE}`, log, `${root}${UPLINK_PID}`];
  spawnSync('setsid', ['--fork', 'sh', '-c', WATCHED, 'sh', ...files, ...helper], {
    cwd: '/',
    stdio: 'ignore',
  });
  const deadline = monotonic() + TIMEOUT;
  while (!hasUplink(holder)) {
    if (existsSync(ended) || !existsSync(root) || monotonic() > deadline) return;
    pause(5);
  }
  useResolver(`${root}/etc/resolv.conf`);
}

/** With these options nothing listens on the host for a lab, and a lab does not reach the host's loopback. */
const OPTIONS: Readonly<Record<(typeof UPLINK_PROGRAMS)[number], (holder: number) => string>> = {
  pasta: (holder) =>
    `--foreground --quiet --config-net --no-map-gw --ns-ifname ${UPLINK_NAME} --mtu ${MTU} ` +
    `--address ${ADDRESS} --netmask ${UPLINK_SUBNET.split('/')[1]} --gateway ${GATEWAY} --dns-forward ${UPLINK_RESOLVER} ` +
    '--tcp-ports none --udp-ports none --tcp-ns none --udp-ns none ' +
    `--userns ${namespaceFile(holder, 'user')} --netns ${namespaceFile(holder, 'net')}`,
  slirp4netns: (holder) =>
    `--configure --disable-host-loopback --mtu=${MTU} --cidr=${UPLINK_SUBNET} ` +
    `--userns-path=${namespaceFile(holder, 'user')} --netns-type=path ${namespaceFile(holder, 'net')} ${UPLINK_NAME}`,
};

/**
 * A resolver on the host's loopback, such as systemd-resolved, is out of reach: the uplink has a forwarder that queries
 * it.
 */
function useResolver(file: string): void {
  const text = readText('/etc/resolv.conf', 'utf8') ?? '';
  if (!readWrittenResolvConf(text).nameservers.some((address) => /^(?:127\.|::1$)/.test(address))) return;
  rmSync(file, { force: true, recursive: true });
  writeOwn(file, withNameserver(text, UPLINK_RESOLVER), PUBLIC_MODE);
}
