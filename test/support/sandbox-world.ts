import { spawn, type ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { run, runAll, sh } from './command.ts';
import { eventually } from './eventually.ts';

/** The host's addresses towards the world, and some of the world's. */
export const HOST = { 4: '203.0.113.1', 6: '2001:db8:77::1' };
export const WORLD = { 4: '203.0.113.10', 6: '2001:db8:77::10' };
export const OTHER = { 4: '203.0.113.11', 6: '2001:db8:77::11' };
export const NAME_SERVER = '203.0.113.53';

/**
 * The world's programs: TCP on some ports of every address, which says who connects and answers what it is told, as HTTP
 * if it is asked so; UDP likewise; and a name server, whose names are below. It prints each question that it is asked.
 */
const PROGRAM = `
const net = require('node:net'), dgram = require('node:dgram');
for (const port of [80, 443, 853, 7000]) net.createServer((socket) => {
  socket.on('error', () => {});
  socket.on('data', (data) => {
    const path = /^GET (\\S+)/.exec(data)?.[1];
    if (path === '/redirect') socket.end('HTTP/1.1 302 Found\\r\\nLocation: http://${OTHER[4]}/\\r\\nContent-Length: 0\\r\\n\\r\\n');
    else if (path !== undefined) socket.end('HTTP/1.1 200 OK\\r\\nContent-Length: 5\\r\\n\\r\\nhello');
    else socket.write('echo ' + data);
  });
}).listen(port, '::');
// Each address its own socket, so that answers come from where questions went.
const ADDRESSES = ['${WORLD[4]}', '${OTHER[4]}', '${NAME_SERVER}', '${WORLD[6]}', '${OTHER[6]}'];
const udp = (port, reply) => Promise.all(ADDRESSES.map((address) => new Promise((done) => {
  const socket = dgram.createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.on('message', (data, from) => socket.send(reply(data), from.port, from.address)).bind(port, address, done);
})));
const A = { 'a.example': ['${WORLD[4]}'], 'www.wild.example': ['${WORLD[4]}'], 'short.example': ['${WORLD[4]}'],
  'other.example': ['${OTHER[4]}'], 'rebind.example': ['127.0.0.1'], 'private.example': ['10.1.2.3'],
  'own.example': ['${HOST[4]}'], 'mixed.example': ['169.254.169.254', '${WORLD[4]}'], 'big.example': Array.from({ length: 60 }, (_, i) => '203.0.113.' + (100 + i)) };
const AAAA = { 'a.example': ['${WORLD[6]}'], 'mapped.example': ['::ffff:127.0.0.1'] };
const TTL = { 'short.example': 1 };
const CNAME = { 'alias.example': 'other.example' };
const name = (text) => Buffer.concat([...text.split('.').map((l) => Buffer.concat([Buffer.from([l.length]), Buffer.from(l)])), Buffer.from([0])]);
const v6 = (text) => { const [a, b = ''] = text.replace(/(\\d+)\\.(\\d+)\\.(\\d+)\\.(\\d+)$/, (_, w, x, y, z) => (w * 256 + +x).toString(16) + ':' + (y * 256 + +z).toString(16)).split('::'); const x = a ? a.split(':') : []; const y = b ? b.split(':') : [];
  return Buffer.from([...x, ...Array(8 - x.length - y.length).fill('0'), ...y].map((g) => g.padStart(4, '0')).join(''), 'hex'); };
const answer = (query, tcp) => {
  let at = 12; const labels = [];
  while (query[at]) { labels.push(query.toString('latin1', at + 1, at + 1 + query[at])); at += 1 + query[at]; }
  const asked = labels.join('.'); const type = query.readUInt16BE(at + 1);
  console.log('asked ' + asked + ' ' + type);
  const records = []; let owner = asked;
  const record = (n, t, data) => { const h = Buffer.alloc(10); h.writeUInt16BE(t, 0); h.writeUInt16BE(1, 2); h.writeUInt32BE(TTL[asked] ?? 60, 4); h.writeUInt16BE(data.length, 8); records.push(Buffer.concat([name(n), h, data])); };
  if (CNAME[owner]) { record(owner, 5, name(CNAME[owner])); owner = CNAME[owner]; }
  for (const a of (type === 1 ? A : type === 28 ? AAAA : {})[owner] ?? []) record(owner, type, type === 1 ? Buffer.from(a.split('.').map(Number)) : v6(a));
  if (type === 16) record(asked, 16, Buffer.from('\\x06secret', 'latin1'));
  record('unasked.example', 1, Buffer.from([203, 0, 113, 66]));
  const head = Buffer.alloc(12); query.copy(head, 0, 0, 2); head.writeUInt16BE(0x8580, 2); head.writeUInt16BE(1, 4); head.writeUInt16BE(records.length, 6);
  const known = A[owner] || AAAA[owner]; if (!known) head[3] |= 3;
  let whole = Buffer.concat([head, query.subarray(12, at + 5), ...records]);
  if (!tcp && whole.length > 512) { head[2] |= 2; head.writeUInt16BE(0, 6); whole = Buffer.concat([head, query.subarray(12, at + 5)]); }
  return whole;
};
Promise.all([udp(7000, (data) => 'echo ' + data), udp(53, (data) => answer(data))]).then(() => console.log('ready'));
net.createServer((socket) => { socket.on('error', () => {}); socket.on('data', (data) => { const r = answer(data.subarray(2), true); socket.end(Buffer.concat([Buffer.from([r.length >> 8, r.length & 255]), r])); }); }).listen(53, '::');
`;

/** What lies beyond the host: a namespace of no lab, on a cable to it. */
export class World {
  readonly #programs: ChildProcess[] = [];
  readonly #socket = createSocket('udp4').on('message', () => this.#answers++);
  /** Whom its questions come from, as tcpdump has it, how many it has sent, and how many were answered. */
  #marker = '';
  #markers = 0;
  #answers = 0;
  /** What the name server was asked: `a.example 1`. */
  readonly asked: string[] = [];
  /** Every packet that came from the host, as tcpdump has it. */
  seen = '';

  async open(): Promise<void> {
    for (const line of [
      'ip netns add world',
      'ip link add wan type veth peer name world netns world',
      `ip address add ${HOST[4]}/24 dev wan`,
      `ip address add ${HOST[6]}/64 dev wan nodad`,
      'ip link set wan up',
      ...[WORLD[4], OTHER[4], NAME_SERVER].map((ip) => `ip -n world address add ${ip}/24 dev world`),
      ...[WORLD[6], OTHER[6]].map((ip) => `ip -n world address add ${ip}/64 dev world nodad`),
      'ip -n world link set world up',
      'ip -n world link set lo up',
      `ip -n world route add default via ${HOST[4]}`,
      'sysctl -q net.ipv6.conf.all.forwarding=1',
    ])
      sh(line);
    run('sysctl', '-q', 'net.ipv4.ping_group_range=0 1000');
    const program = this.#start('ip', ['netns', 'exec', 'world', process.execPath, '-e', PROGRAM]);
    program.stdout!.setEncoding('utf8').on('data', (text: string) => {
      for (const [, question] of text.matchAll(/^asked (.*)$/gm)) this.asked.push(question!);
    });
    await once(program.stdout!, 'data');
    const dump = this.#start('ip', [
      'netns',
      'exec',
      'world',
      'tcpdump',
      '-nn',
      '-l',
      '--immediate-mode',
      '-Q',
      'in',
      '-i',
      'world',
      'not arp',
    ]);
    dump.stdout!.setEncoding('utf8').on('data', (text: string) => (this.seen += text));
    await once(dump.stderr!, 'data');
    await once(this.#socket.bind(0, HOST[4]), 'listening');
    this.#marker = `${HOST[4]}.${this.#socket.address().port}`;
  }

  #start(command: string, args: readonly string[]): ChildProcess {
    const program = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#programs.push(program);
    return program;
  }

  /**
   * What came while something was done; left out are neighbour discovery, the host's own questions to the name server, and
   * its answers to what comes late for a sandbox that is no more.
   */
  async during(run: () => Promise<unknown>): Promise<string> {
    await this.#settle();
    const start = this.seen.length;
    await run();
    await this.#settle();
    return this.seen
      .slice(start)
      .split('\n')
      .filter(
        (line) =>
          line !== '' &&
          !/ICMP6, (neighbor|router|multicast)|ICMP6?,? .* unreachable/.test(line) &&
          !line.includes(` ${this.#marker} > `) &&
          !line.includes(`> ${NAME_SERVER}.53:`),
      )
      .join('\n');
  }

  /**
   * Waits until the world has answered what came before, and that has been seen: questions of one's own, which come after
   * it, go there and back more than once, since a connection that ends takes several packets to do so.
   */
  async #settle(): Promise<void> {
    for (let i = 0; i < 3; i++) {
      const count = ++this.#markers;
      this.#socket.send('marker', 7000, WORLD[4]);
      const answered = (): number => this.#answers;
      await eventually(answered, (answers) => answers === count, 'the world does not answer', 2);
    }
    const seen = (): number => this.seen.split(` ${this.#marker} > `).length - 1;
    await eventually(seen, (count) => count === this.#markers, 'what came is not seen', 2);
  }

  async close(): Promise<void> {
    this.#socket.close();
    for (const program of this.#programs) {
      const ended = once(program, 'close');
      program.kill('SIGKILL');
      await ended;
    }
    runAll([
      'ip netns pids world | xargs -r kill -9',
      'ip link delete wan',
      'ip netns delete world',
      'sysctl -q net.ipv6.conf.all.forwarding=0',
    ]);
  }
}
