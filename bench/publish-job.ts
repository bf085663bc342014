// Publishes ports of a node, and connects through them: node build/bench/publish-job.js netwright|iptables|docker|nft
//
// Must run in a sandbox. Prints as JSON, for 1, 100, 1000 and 3000 published ports, the microseconds of publishing one
// more (median of 5), and of a new connection through the last one (median).
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Lab } from '../src/library/index.ts';

const COUNTS = [1, 100, 1000, 3000];
const BASE = 20_000;
const ADDS = 5;
const CONNECTIONS = 400;
const WARM_UP = 200;

const method = process.argv[2]!;
const nft = (input: string): void => void execFileSync('nft', ['-f', '-'], { input });

execFileSync('ip', ['address', 'add', '203.0.113.1/32', 'dev', 'lo']);
execFileSync('ip', ['netns', 'add', 'client']);
execFileSync('ip', ['link', 'add', 'c0', 'type', 'veth', 'peer', 'name', 'c0', 'netns', 'client']);
for (const words of [
  'address add 10.78.1.1/24 dev c0',
  'link set c0 up',
  '-n client address add 10.78.1.2/24 dev c0',
  '-n client link set c0 up',
])
  execFileSync('ip', words.split(' '));

// The guard of the node's uplink would drop packets to ports that the other methods publish.
const web = method === 'netwright' ? { publish: [] } : { internet: true, firewall: { input: 'allow' as const } };
const lab = await Lab.up({ name: 'bench', nodes: { web } });
const node = lab.node('web');
const target = node.address!;
const server = node.spawn(
  process.execPath,
  [
    '-e',
    "require('node:net').createServer((s) => { s.on('error', () => {}); s.end('x'); }).listen(80, '0.0.0.0', 4096, () => console.log())",
  ],
  { stdio: ['ignore', 'pipe', 'inherit'] },
);
await once(server.stdout!, 'data');

/** The rule that CNI's portmap and Docker write for a port, in a chain of their own. */
const dnat = (port: number): string[] => [
  '-p',
  'tcp',
  '--dport',
  String(port),
  '-j',
  'DNAT',
  '--to-destination',
  `${target}:80`,
];
const iptables = (...words: readonly string[]): void => void execFileSync('iptables', ['-w', ...words]);

prepare();
const results: Record<string, { add: number; connect: number }> = {};
let published = 0;
// V8 has then compiled the code before the first measurement, so that only the number of ports differs.
for (let i = 0; i < (method === 'netwright' ? WARM_UP : 0); i++) {
  await node.publish(`${BASE - 1}:80`);
  await node.unpublish(`${BASE - 1}:80`);
}
for (const count of COUNTS) {
  await fill(BASE + published, count - 1 - published);
  const adds: number[] = [];
  for (let i = 0; i < ADDS; i++) {
    const started = performance.now();
    await add(BASE + count - 1 + i);
    adds.push(1000 * (performance.now() - started));
  }
  published = count - 1 + ADDS;
  results[count] = { add: median(adds), connect: await connections(BASE + published - 1) };
}
console.log(JSON.stringify(results));
server.kill();
await lab.down();

function prepare(): void {
  if (method === 'iptables' || method === 'docker') {
    iptables('-t', 'nat', '-N', 'PORTS');
    iptables('-t', 'nat', '-A', 'PREROUTING', '-m', 'addrtype', '--dst-type', 'LOCAL', '-j', 'PORTS');
    iptables('-N', 'PORTS');
    iptables('-A', 'FORWARD', '-j', 'PORTS');
  } else if (method === 'nft') {
    nft(
      'table ip ports { map ports { type inet_service : ipv4_addr . inet_service; }\nchain c { type nat hook prerouting priority dstnat; fib daddr type local dnat ip to tcp dport map @ports; }\n}',
    );
  }
}

/** Publishes many ports at once, in the fastest way of each method. */
async function fill(from: number, count: number): Promise<void> {
  if (count <= 0) return;
  const ports = Array.from({ length: count }, (_, i) => from + i);
  if (method === 'netwright') await node.publish(...ports.map((port) => `${port}:80`));
  else if (method === 'nft')
    nft(`add element ip ports ports { ${ports.map((port) => `${port} : ${target} . 80`).join(', ')} }\n`);
  else {
    const rules = ports.map((port) => `-A PORTS ${dnat(port).join(' ')}`);
    execFileSync('iptables-restore', ['-n', '-w'], { input: `*nat\n${rules.join('\n')}\nCOMMIT\n` });
  }
}

async function add(port: number): Promise<void> {
  if (method === 'netwright') await node.publish(`${port}:80`);
  else if (method === 'nft')
    execFileSync('nft', ['add', 'element', 'ip', 'ports', 'ports', `{ ${port} : ${target} . 80 }`]);
  else {
    iptables('-t', 'nat', '-A', 'PORTS', ...dnat(port));
    if (method === 'iptables') return;
    iptables('-A', 'PORTS', '-d', target, '-p', 'tcp', '--dport', '80', '-j', 'ACCEPT');
    iptables(
      '-t',
      'nat',
      '-A',
      'POSTROUTING',
      '-p',
      'tcp',
      '-s',
      target,
      '-d',
      target,
      '--dport',
      '80',
      '-j',
      'MASQUERADE',
    );
  }
}

/** Opens connections from another namespace. Returns the median time to connect, in microseconds. */
async function connections(port: number): Promise<number> {
  const script = `
    const net = require('node:net');
    const times = [];
    const next = () => {
      if (times.length === ${CONNECTIONS}) { console.log(JSON.stringify(times)); return; }
      const started = performance.now();
      const socket = net.connect(${port}, '10.78.1.1', () => { times.push(1000 * (performance.now() - started)); socket.destroy(); socket.on('close', next); });
      socket.on('error', (error) => { throw error; });
    };
    next();`;
  const client = spawn('ip', ['netns', 'exec', 'client', process.execPath, '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  client.stdout.on('data', (data: Buffer) => (output += String(data)));
  await once(client, 'close');
  return median(JSON.parse(output) as number[]);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
