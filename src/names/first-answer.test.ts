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

const HERE: Place = (fn) => fn();
const LOOPBACK = parseIp('127.0.0.1');
const QUESTION = { name: 'web.example', type: RecordType.A, class: CLASS_IN };
const ADDRESS = parseIp('192.0.2.7');

/** What a server says to a query. */
type Reply = (query: Message) => readonly Partial<Message>[];

const knows: Reply = () => [{ answers: [{ ...QUESTION, ttl: 60, address: ADDRESS }] }];

const toBytes = (query: Message, reply: Partial<Message>): Uint8Array =>
  writeMessage({ ...query, response: true, answers: [], ...reply });

/** No answers to the query. */
const lies = (query: Message): Partial<Message>[] => [
  { id: query.id ^ 1, responseCode: ResponseCode.noSuchName },
  { questions: [{ ...QUESTION, name: 'other.example' }], responseCode: ResponseCode.noSuchName },
  { response: false },
  { questions: [QUESTION, QUESTION], responseCode: ResponseCode.noSuchName },
];

const answers = (...servers: readonly NameServer[]): Promise<Message | undefined> =>
  firstAnswer(HERE, servers, QUESTION);

suite('name servers are asked one after the other', () => {
  const open: (Socket | Server)[] = [];
  afterEach(() => {
    for (const one of open.splice(0)) one.close();
  });
  let asked: string[];

  async function udp(name: string, reply: Reply): Promise<NameServer> {
    const socket = createSocket('udp4');
    open.push(socket);
    socket.on('message', (bytes, { address, port }) => {
      asked.push(name);
      const query = readMessage(bytes);
      for (const one of reply(query)) socket.send(toBytes(query, one), port, address);
    });
    socket.bind(0, LOOPBACK);
    await once(socket, 'listening');
    return { address: LOOPBACK, port: socket.address().port };
  }

  async function tcp(name: string, port: number, reply: Reply): Promise<NameServer> {
    const server = createServer((connection) => {
      connection.on('error', () => {});
      connection.on('data', (bytes) => {
        asked.push(name);
        const query = readMessage(readFrame(bytes)!.message);
        // In pieces: a message may come so.
        for (const one of reply(query))
          for (const octet of frame(toBytes(query, one))) connection.write(Uint8Array.of(octet));
      });
    });
    open.push(server);
    server.listen(port, LOOPBACK);
    await once(server, 'listening');
    return { address: LOOPBACK, port: (server.address() as AddressInfo).port, tcp: true };
  }

  test('until one knows: past those that fail, and those that nobody listens as', async () => {
    asked = [];
    const failing = await udp('failing', () => [{ responseCode: ResponseCode.serverFailure }]);
    const gone = await udp('gone', knows);
    open.pop()!.close();
    const knowing = await udp('knowing', knows);
    const answer = await answers(failing, gone, knowing, failing);
    assert.deepEqual(
      answer?.answers.map(({ address }) => address),
      [ADDRESS],
    );
    assert.deepEqual(asked, ['failing', 'knowing']);
  });

  test('that there is no such name is an answer', async () => {
    asked = [];
    const none = await udp('none', () => [{ responseCode: ResponseCode.noSuchName }]);
    assert.equal((await answers(none, await udp('second', knows)))?.responseCode, ResponseCode.noSuchName);
    assert.deepEqual(asked, ['none']);
  });

  test('none that knows: each is asked twice, and then there is no answer', async () => {
    asked = [];
    const refusing = await udp('refusing', () => [{ responseCode: ResponseCode.refused }]);
    assert.equal(await answers(refusing), undefined);
    assert.deepEqual(asked, ['refusing', 'refusing']);
    assert.equal(await answers(), undefined);
  });

  test('what answers something else is passed over', async () => {
    asked = [];
    const server = await udp('lying', (query) => [...lies(query), ...knows(query)]);
    assert.equal((await answers(server))?.answers.length, 1);
  });

  test('what UDP has no room for is asked again by TCP', async () => {
    asked = [];
    const server = await udp('udp', () => [{ truncated: true }]);
    await tcp('tcp', server.port, knows);
    assert.equal((await answers(server))?.answers.length, 1);
    assert.deepEqual(asked, ['udp', 'tcp']);
  });

  test('by TCP alone, where a server is asked so; over a connection of the caller', async () => {
    asked = [];
    const server = await tcp('tcp', 0, knows);
    assert.equal((await answers(server))?.answers.length, 1);
    const dialled: NameServer = { ...server, dial: () => Promise.reject(new Error('no way there')) };
    assert.equal(await answers(dialled), undefined);
    assert.deepEqual(asked, ['tcp']);
  });
});
