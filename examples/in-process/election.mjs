// A cluster of three members in one process. Each member is a worker thread in its own node, and runs the same program
// as the services of ../gossip.yaml. When the leader is terminated, the others elect a new one.
//
//   sudo node examples/in-process/election.mjs
import { setTimeout as sleep } from 'node:timers/promises';
import { Lab } from 'netwright';

const names = ['a', 'b', 'c'];
const program = new URL('../gossip/member.mjs', import.meta.url);

const lab = await Lab.up({
  name: 'election',
  networks: { lan: { subnet: '10.60.0.0/24' } },
  nodes: Object.fromEntries([...names, 'observer'].map((name) => [name, { networks: ['lan'] }])),
});

const workers = new Map();
try {
  for (const name of names) {
    const peers = names.filter((other) => other !== name);
    workers.set(name, await lab.node(name).worker(program, { argv: [name, ...peers] }));
  }
  const first = await agreed(names);
  console.log(`${first} leads`);
  await workers.get(first).terminate();
  console.log(`${first} has stopped`);
  console.log(`${await agreed(names.filter((name) => name !== first))} leads`);
} finally {
  // This also ends the workers.
  await lab.down();
}

/** Waits until these members agree on a leader, and returns it. A node that is not a member sends the requests. */
async function agreed(members) {
  for (;;) {
    const leaders = await Promise.all(members.map(leaderOf));
    if (leaders[0] !== undefined && members.includes(leaders[0]) && new Set(leaders).size === 1) return leaders[0];
    await sleep(50);
  }
}

async function leaderOf(name) {
  try {
    const response = await lab.node('observer').fetch(`http://${name}:7000/leader`);
    return response.ok ? (await response.json()).leader : undefined;
  } catch {
    // It does not listen yet.
    return undefined;
  }
}
