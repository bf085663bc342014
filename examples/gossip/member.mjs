// A member of a cluster that elects its leader as in Raft (Ongaro and Ousterhout, 2014, section 5.2): terms, one vote
// each, a majority, heartbeats. Members use UDP. GET /leader returns the leader, or 503 while it is unknown.
//
//   node member.mjs NAME PEER...        listens on port $PORT, default 7000
//
// Needs only Node.js. Several members can run in one process: `start` returns functions for a member's status and end.
import { createSocket } from 'node:dgram';
import { lookup as lookupHost } from 'node:dns';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

/** Milliseconds. A member that receives no heartbeat for this time, or up to twice as long, starts an election. */
const ELECTION_TIMEOUT = 300;
const HEARTBEAT = 60;

/**
 * @param {object} options
 * @param {string} options.name this member's name, which its peers use
 * @param {readonly string[]} options.peers host names of the other members, resolved again for each message
 * @param {number} [options.port] the UDP port for members, and the TCP port for HTTP
 * @param {import('node:net').LookupFunction} [options.lookup] resolves names, instead of dns.lookup
 * @param {(text: string) => void} [options.log]
 */
export async function start({ name, peers, port = 7000, lookup = lookupHost, log = console.log }) {
  let term = 0;
  let role = 'follower';
  let leader;
  let votedFor;
  let votes = new Set();
  let timer;
  const majority = Math.floor((peers.length + 1) / 2) + 1;
  const socket = createSocket({ type: 'udp4', lookup });
  const send = (peer, message) => {
    // Errors are ignored: the peer is down, or its name does not resolve yet. A later message may arrive.
    socket.send(JSON.stringify({ from: name, term, ...message }), port, peer, () => {});
  };
  const toAll = (message) => peers.forEach((peer) => send(peer, message));

  const become = (next, newLeader) => {
    if (next !== role || newLeader !== leader) log(`term ${term}: ${next}${newLeader ? `, ${newLeader} leads` : ''}`);
    role = next;
    leader = newLeader;
    clearTimeout(timer);
    if (role === 'leader') {
      toAll({ type: 'heartbeat' });
      timer = setInterval(() => toAll({ type: 'heartbeat' }), HEARTBEAT);
    } else {
      timer = setTimeout(campaign, ELECTION_TIMEOUT * (1 + Math.random()));
    }
  };

  function campaign() {
    term++;
    votedFor = name;
    votes = new Set([name]);
    become('candidate');
    if (votes.size >= majority) become('leader', name);
    else toAll({ type: 'vote?' });
  }

  socket.on('message', (text) => {
    const message = JSON.parse(text.toString());
    if (!peers.includes(message.from)) return;
    if (message.term > term) {
      term = message.term;
      votedFor = undefined;
      become('follower');
    }
    // From an earlier term.
    if (message.term < term) return;
    if (message.type === 'heartbeat') {
      become('follower', message.from);
    } else if (message.type === 'vote?' && (votedFor ?? message.from) === message.from) {
      votedFor = message.from;
      become('follower');
      send(message.from, { type: 'vote' });
    } else if (message.type === 'vote' && role === 'candidate') {
      votes.add(message.from);
      if (votes.size >= majority) become('leader', name);
    }
  });

  const server = createServer((request, response) => {
    const status = { name, role, term, leader: leader ?? null };
    const known = request.url !== '/leader' || leader !== undefined;
    response.writeHead(known ? 200 : 503, { 'content-type': 'application/json', connection: 'close' });
    response.end(`${JSON.stringify(status)}\n`);
  });
  await Promise.all([
    new Promise((resolve, reject) => socket.once('error', reject).bind(port, resolve)),
    new Promise((resolve, reject) => server.once('error', reject).listen(port, '0.0.0.0', resolve)),
  ]);
  log(`${name} is up, with ${peers.join(' and ')}`);
  become('follower');

  return {
    status: () => ({ name, role, term, leader }),
    async close() {
      clearTimeout(timer);
      await Promise.all([
        new Promise((resolve) => socket.close(resolve)),
        new Promise((resolve) => server.close(resolve)),
      ]);
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [name, ...peers] = process.argv.slice(2);
  const member = await start({ name, peers, port: Number(process.env.PORT ?? 7000) });
  process.once('SIGTERM', () => member.close().then(() => process.exit()));
}
