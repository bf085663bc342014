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

/** In {@link UPLINK_SUBNET}. Those that slirp4netns gives in every subnet. */
const ADDRESS = '198.19.255.100';
const GATEWAY = '198.19.255.2';
/** The largest packet of IPv4, in whole words. */
const MTU = '65520';

/** How long the program has to make the way out, in milliseconds. */
const PATIENCE = 5000;

/**
 * Runs pasta or slirp4netns for as long as the world's holder lives: when it dies, however it dies, the kernel gives back
 * the lock on the world's file, which flock(1) waits for. $1 is the world's file, $2 the log, $3 says which process it is.
 */
const WATCHED = `
life=$1 log=$2 pid=$3; shift 3
"$@" >/dev/null 2>"$log" & helper=$!
echo "$helper" >"$pid"
flock "$life" sh -c "kill $helper" >/dev/null 2>&1 & watch=$!
wait "$helper"; kill "$watch" 2>/dev/null; : >"$log.ended"`;

/** Sees to it that a world has a way to the host's network, where there is a program that makes one. */
export function ensureUplink(holder: number): void {
  if (hasUplink(holder)) return;
  const facts = rootlessFacts({ trial: false });
  if (uplinkRefusal(facts) !== undefined) return;
  const program = UPLINK_PROGRAMS.find((name) => facts.programs.has(name))!;
  const within = processRoot(holder);
  const log = `${within}${UPLINK_LOG}`;
  const ended = `${log}.ended`;
  rmSync(ended, { force: true });
  // Called by root it would become nobody, who may not enter root's namespaces.
  const asRoot = program === 'pasta' && process.geteuid!() === 0 ? ['--runas', '0'] : [];
  const helper = [program, ...asRoot, ...OPTIONS[program](holder).split(' ')];
  const files = [`${within}${HOLDER_FILE}`, log, `${within}${UPLINK_PID}`];
  spawnSync('setsid', ['--fork', 'sh', '-c', WATCHED, 'sh', ...files, ...helper], {
    cwd: '/',
    stdio: 'ignore',
  });
  const deadline = monotonic() + PATIENCE;
  while (!hasUplink(holder)) {
    if (existsSync(ended) || !existsSync(within) || monotonic() > deadline) return;
    pause(5);
  }
  useResolver(`${within}/etc/resolv.conf`);
}

/** Nothing listens on the host for the sake of a lab, and a lab does not reach the host's loopback. */
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

/** A resolver on the host's loopback, as systemd-resolved is, is out of reach: the way out has one that asks it. */
function useResolver(file: string): void {
  const text = readText('/etc/resolv.conf', 'utf8') ?? '';
  if (!readWrittenResolvConf(text).nameservers.some((address) => /^(?:127\.|::1$)/.test(address))) return;
  rmSync(file, { force: true, recursive: true });
  writeOwn(file, withNameserver(text, UPLINK_RESOLVER), PUBLIC_MODE);
}
