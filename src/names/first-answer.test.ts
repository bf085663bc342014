import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, suite, test } from 'node:test';
import { parseIp } from '../addr/index.ts';
import {
  CLASS_IN,
  frame,
  readFrame,
  readMessage,
  RecordType,
  ResponseCode,
  writeMessage,
  type Message,
} from '../dns/index.ts';
import type { Place } from '../sockets/index.ts';
import type { NameServer } from './exchange.ts';
import { firstAnswer } from './first-answer.ts';

const OWN_NAMESPACE: Place = (fn) => fn();
const LOOPBACK = parseIp('127.0.0.1');
const QUESTION = { name: 'web.example', type: RecordType.A, class: CLASS_IN };
const ADDRESS = parseIp('192.0.2.7');

/** Returns the messages with which a server replies to a query. */
type Reply = (query: Message) => readonly Partial<Message>[];

const withAddress: Reply = () => [{ answers: [{ ...QUESTION, ttl: 60, address: ADDRESS }] }];

const toBytes = (query: Message, reply: Partial<Message>): Uint8Array =>
  writeMessage({ ...query, response: true, answers: [], ...reply });

/** Messages that do not answer the query. */
const mismatches = (query: Message): Partial<Message>[] => [
  { id: query.id ^ 1, responseCode: ResponseCode.noSuchName },
  { questions: [{ ...QUESTION, name: 'other.example' }], responseCode: ResponseCode.noSuchName },
  { response: false },
  { questions: [QUESTION, QUESTION], responseCode: ResponseCode.noSuchName },
];

const query = (...servers: readonly NameServer[]): Promise<Message | undefined> =>
  firstAnswer(OWN_NAMESPACE, servers, QUESTION);

suite('name servers are queried one after the other', () => {
  const open: (Socket | Server)[] = [];
  afterEach(() => {
    for (const socket of open.splice(0)) socket.close();
  });
  let queried: string[];

  async function udp(name: string, reply: Reply): Promise<NameServer> {
    const socket = createSocket('udp4');
    open.push(socket);
    socket.on('message', (bytes, { address, port }) => {
      queried.push(name);
      const message = readMessage(bytes);
      for (const response of reply(message)) socket.send(toBytes(message, response), port, address);
    });
    socket.bind(0, LOOPBACK);
    await once(socket, 'listening');
    return { address: LOOPBACK, port: socket.address().port };
  }

  async function tcp(name: string, port: number, reply: Reply): Promise<NameServer> {
    const server = createServer((connection) => {
      connection.on('error', () => {});
      connection.on('data', (bytes) => {
        queried.push(name);
        const message = readMessage(readFrame(bytes)!.message);
        // In segments of one octet: TCP can split a message.
        for (const response of reply(message))
          for (const octet of frame(toBytes(message, response))) connection.write(Uint8Array.of(octet));
      });
    });
    open.push(server);
    server.listen(port, LOOPBACK);
    await once(server, 'listening');
    return { address: LOOPBACK, port: (server.address() as AddressInfo).port, tcp: true };
  }

  test('until one answers: failing servers and closed ports are skipped', async () => {
    queried = [];
    const failing = await udp('failing', () => [{ responseCode: ResponseCode.serverFailure }]);
    const closed = await udp('closed', withAddress);
    open.pop()!.close();
    const answering = await udp('answering', withAddress);
    const answer = await query(failing, closed, answering, failing);
    assert.deepEqual(
      answer?.answers.map(({ address }) => address),
      [ADDRESS],
    );
    assert.deepEqual(queried, ['failing', 'answering']);
  });

  test('that the name does not exist is an answer', async () => {
    queried = [];
    const none = await udp('none', () => [{ responseCode: ResponseCode.noSuchName }]);
    assert.equal((await query(none, await udp('second', withAddress)))?.responseCode, ResponseCode.noSuchName);
    assert.deepEqual(queried, ['none']);
  });

  test('if no server answers, each is queried twice, and the result is undefined', async () => {
    queried = [];
    const refusing = await udp('refusing', () => [{ responseCode: ResponseCode.refused }]);
    assert.equal(await query(refusing), undefined);
    assert.deepEqual(queried, ['refusing', 'refusing']);
    assert.equal(await query(), undefined);
  });

  test('replies to other queries are ignored', async () => {
    queried = [];
    const server = await udp('mismatching', (message) => [...mismatches(message), ...withAddress(message)]);
    assert.equal((await query(server))?.answers.length, 1);
  });

  test('a truncated answer is queried again over TCP', async () => {
    queried = [];
    const server = await udp('udp', () => [{ truncated: true }]);
    await tcp('tcp', server.port, withAddress);
    assert.equal((await query(server))?.answers.length, 1);
    assert.deepEqual(queried, ['udp', 'tcp']);
  });

  test('over TCP only, if the server says so; over a connection that the caller opens', async () => {
    queried = [];
    const server = await tcp('tcp', 0, withAddress);
    assert.equal((await query(server))?.answers.length, 1);
    const dialled: NameServer = { ...server, dial: () => Promise.reject(new Error('unreachable')) };
    assert.equal(await query(dialled), undefined);
    assert.deepEqual(queried, ['tcp']);
  });
});
