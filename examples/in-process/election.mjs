// A cluster of three in one process: each member is a thread in a node of its own, and runs the program that is a process
// of its own in ../gossip.yaml, unchanged. The leader dies, and the others elect another.
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

const members = new Map();
try {
  for (const name of names) {
    const peers = names.filter((other) => other !== name);
    members.set(name, await lab.node(name).worker(program, { argv: [name, ...peers] }));
  }
  const first = await agreed(names);
  console.log(`${first} leads`);
  await members.get(first).terminate();
  console.log(`${first} is no more`);
  console.log(`${await agreed(names.filter((name) => name !== first))} leads`);
} finally {
  // Its workers end with it.
  await lab.down();
}

/** The leader that all of these name, asked from a node that is no member. */
async function agreed(asked) {
  for (;;) {
    const leaders = await Promise.all(asked.map(leaderOf));
    if (leaders[0] !== undefined && asked.includes(leaders[0]) && new Set(leaders).size === 1) return leaders[0];
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
