// A worker that says where it finds itself, by every way that a thread has of asking.
import dns from 'node:dns';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { readFileSync, readlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { parentPort, threadId, workerData } from 'node:worker_threads';

export interface Told {
  readonly data: unknown;
  readonly argv: readonly string[];
  readonly environment: string | undefined;
  readonly namespace: string;
  readonly interfaces: readonly string[];
  readonly hostname: string;
  readonly directory: string;
  readonly hosts: string;
  /** Of /proc/net, of /proc/thread-self/net, and of /proc/net as the pool's threads see it. */
  readonly devices: readonly [string, string, string];
  readonly names: Readonly<Record<string, unknown>>;
  readonly fetched: string;
  readonly child: string;
}

const devices = (text: string): string =>
  [...text.matchAll(/^ *(\w+):/gm)]
    .map(([, name]) => name!)
    .toSorted()
    .join();

const code = async (asked: Promise<unknown>): Promise<unknown> => {
  try {
    return await asked;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
};

const server = createServer((_, answer) => answer.end(`from thread ${threadId}`)).listen(8080);
await once(server, 'listening');

const byCallback = (...args: readonly unknown[]): Promise<unknown> =>
  new Promise((resolve, reject) => {
    (dns.lookup as (...args: unknown[]) => void)(...args, (error: Error | null, ...found: unknown[]) => {
      if (error === null) resolve(found);
      else reject(error);
    });
  });

const told: Told = {
  data: workerData as unknown,
  argv: process.argv.slice(2),
  environment: process.env['COLOUR'],
  namespace: readlinkSync('/proc/thread-self/ns/net'),
  interfaces: Object.keys(networkInterfaces()).toSorted(),
  hostname: hostname(),
  directory: process.cwd(),
  hosts: readFileSync('/etc/hosts', 'utf8'),
  devices: [
    devices(readFileSync('/proc/net/dev', 'utf8')),
    devices(readFileSync('/proc/thread-self/net/dev', 'utf8')),
    devices(await readFile('/proc/net/dev', 'utf8')),
  ],
  names: {
    plain: await byCallback('b'),
    family: await byCallback('b', 6),
    object: await byCallback('b', { family: 'IPv4' }),
    all: await byCallback('b', { all: true }),
    ipv6first: await byCallback('b', { all: true, order: 'ipv6first' }),
    literal: await byCallback('127.0.0.1', { all: true }),
    mapped: await byCallback('only4', { family: 6, hints: dns.V4MAPPED }),
    missing: await code(byCallback('only4', 6)),
    promise: await lookup('b', { family: 4 }),
    promises: await dns.promises.lookup('b', { all: true }),
    promisified: await promisify(dns.lookup)('b', 4),
    nowhere: await code(lookup('nowhere.example')),
    invalid: await code(byCallback(1)),
    service: await promisify(dns.lookupService)('10.65.0.2', 80),
    // Not by lookup but by Node's own resolver, whose sockets are made in this thread.
    resolved: await code(dns.promises.resolve4('served.example')),
    served: await lookup('served.example', 4),
  },
  fetched: await (await fetch(`http://a:${(server.address() as AddressInfo).port}/`)).text(),
  child: execFileSync('readlink', ['/proc/self/ns/net'], { encoding: 'utf8' }).trim(),
};
parentPort!.postMessage(told);
server.close();
server.closeAllConnections();
