// A service as tests want it: it notes when it begins, and when it becomes ready in the way that it is told to.
//
//   NAME=… TRACE=FILE node service.js tcp|http|log|command|exit|fail MILLISECONDS [PORT]
import { appendFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';

const { NAME = '?', TRACE = '/dev/null' } = process.env;
const [kind, milliseconds, port] = process.argv.slice(2);
const trace = (what: string): void => appendFileSync(TRACE, `${NAME} ${what}\n`);

trace('begins');
let isReady = false;
if (kind === 'http') {
  // An address of its own, and not the loopback.
  createServer((request, response) => {
    response.writeHead(request.url === '/health' && isReady ? 204 : 503).end();
  }).listen(Number(port), '127.0.0.7');
}
process.on('SIGINT', () => {
  trace('is interrupted');
  process.exit(0);
});
setInterval(() => {}, 60_000);
setTimeout(() => {
  trace('is ready');
  isReady = true;
  if (kind === 'tcp') createTcpServer().listen(Number(port));
  if (kind === 'log') console.error('now\nlistening on nothing');
  if (kind === 'command') writeFileSync(`${TRACE}.${NAME}`, '');
  if (kind === 'exit') process.exit(0);
  if (kind === 'fail') {
    console.log('the reason why');
    process.exit(3);
  }
}, Number(milliseconds));
