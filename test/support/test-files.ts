import { fileURLToPath } from 'node:url';

/** Files of tests for the runners to run: their texts. What is printed after `lab:` is a lab's name. */
const testing = fileURLToPath(new URL('../../src/testing/index.js', import.meta.url));

const topology = `{
  name: 'shop',
  networks: { lan: { subnet: '10.68.0.0/24' } },
  nodes: {
    laptop: { networks: ['lan'], firewall: { input: { allow: [{ tcp: 22 }] } }, run: { api: 'echo api is here' } },
    web: { networks: ['lan'], run: ['sh', '-c', 'echo web is here; echo and more; exec sleep 1000'] },
  },
}`;

const head = (runner: string): string => `
import { test } from '${runner}';
import { setTimeout as sleep } from 'node:timers/promises';
import { useLab } from ${JSON.stringify(testing)};
const topology = ${topology};
const rules = 'table inet guard { chain input { type filter hook input priority 0; tcp dport 23 drop; icmp type echo-request counter; }; }';
async function visit(t) {
  const lab = await useLab(t, topology);
  console.log('lab:' + lab.name);
  const nft = await lab.node('web').exec('nft', ['-f', '-'], { input: rules });
  if (nft.status !== 0) throw new Error(nft.stderr);
  lab.node('web').spawn('sleep', ['1000'], { stdio: 'ignore' });
  lab.node('web').listen({ port: 80 });
  await lab.node('laptop').connect({ host: 'web', port: 80 });
  const { status } = await lab.node('laptop').exec('ping', ['-c1', '-W5', 'web']);
  if (status !== 0) throw new Error('no ping');
  return lab;
}
`;

export const everyOutcome = (runner: string, late: string): string => `${head(runner)}
test('passes', async (t) => { await visit(t); });
test('fails', async (t) => { await visit(t); throw new TypeError('on purpose'); });
${late}
`;

export const nodeOutcomes = everyOutcome(
  'node:test',
  `test('takes too long', { timeout: 4000 }, async (t) => { await visit(t); await sleep(60_000, undefined, { signal: t.signal }); });
const cancel = new AbortController();
test('is cancelled', { signal: cancel.signal }, async (t) => {
  await visit(t);
  cancel.abort();
  await sleep(60_000, undefined, { signal: t.signal });
});
test('throws from elsewhere', async (t) => {
  await visit(t);
  setTimeout(() => { throw new RangeError('from elsewhere'); });
  await sleep(60_000, undefined, { signal: t.signal });
});`,
);

export const vitestOutcomes = everyOutcome(
  'vitest',
  `test('takes too long', async (t) => { await visit(t); await sleep(60_000, undefined, { ref: false }); }, 4000);`,
);

/** Is in the middle of a test until it is ended. */
export const endless = `${head('node:test')}
test('never ends', async (t) => {
  await visit(t);
  console.log('visited');
  process.on('message', (word) => { if (word === 'exit') process.exit(3); });
  setInterval(() => {}, 1000);
  await new Promise(() => {});
});`;

export const short = `${head('node:test')}
test('passes', async (t) => { await visit(t); });`;
