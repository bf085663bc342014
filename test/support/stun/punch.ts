import { roundTrip, TcpClient, UdpClient } from './classify.ts';
import { connect, type Connection, type Endpoint } from './endpoint.ts';
import type { StunServer } from './server.ts';
import type { World } from './world.ts';

/** How often both sides try, and how long they wait each time, in milliseconds. */
const ROUNDS = 3;
const WAIT = 60;

/**
 * Two clients that a server tells of each other: each sends to the endpoint that the server saw of the other, and answers
 * whoever sends to it. Whether one is answered.
 */
export async function punchUdp(
  world: World,
  namespaces: readonly [string, string],
  server: StunServer,
): Promise<boolean> {
  const sides = await Promise.all(
    namespaces.map(async (namespace) => {
      const client = new UdpClient(world, namespace);
      const { mapped } = await client.ask(server.at(0, 0));
      return { socket: client.socket, mapped, heard: client.socket.received.length };
    }),
  );
  const news = ({ socket, heard }: (typeof sides)[number]): { text: string; from: Endpoint }[] =>
    socket.received.slice(heard);
  const isAnswered = (side: (typeof sides)[number]): boolean => news(side).some(({ text }) => text === 'answer');
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, side] of sides.entries()) side.socket.send('hello', sides[1 - i]!.mapped);
    await Promise.all(namespaces.map((namespace) => roundTrip(world, namespace, server)));
    const answered = new Set<unknown>();
    const connected = await world.until(() => {
      for (const side of sides) {
        for (const one of news(side)) {
          if (one.text !== 'hello' || answered.has(one)) continue;
          answered.add(one);
          side.socket.send('answer', one.from);
        }
      }
      // What is answered has gone both ways.
      return sides.some(isAnswered);
    }, WAIT);
    if (connected) return true;
  }
  return false;
}

/** The same by TCP: each connects to the other from the port that it talked to the server from, and listens there. */
export async function punchTcp(
  world: World,
  namespaces: readonly [string, string],
  server: StunServer,
): Promise<boolean> {
  const sides = await Promise.all(
    namespaces.map(async (namespace) => {
      const client = new TcpClient(world, namespace);
      const { mapped } = await client.connect(server.at(0, 0));
      return { namespace, client, mapped, made: [] as (Connection | undefined)[] };
    }),
  );
  const greeted = new Set<Connection>();
  const isGreeted = ({ client, made }: (typeof sides)[number]): boolean => {
    const all = [...client.listener.taken.map(({ connection }) => connection), ...made];
    for (const connection of all) {
      if (connection?.state !== 'connected' || greeted.has(connection)) continue;
      greeted.add(connection);
      connection.send('hello');
    }
    return all.some((connection) => connection?.text === 'hello');
  };
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, { namespace, client, made }] of sides.entries()) {
      for (const one of made) if (one?.state === 'connecting') one.close();
      made.push(connect(world, namespace, client.local, sides[1 - i]!.mapped));
    }
    await Promise.all(namespaces.map((namespace) => roundTrip(world, namespace, server)));
    const connected = await world.until(() => sides.map(isGreeted).every(Boolean), WAIT);
    if (connected) return true;
  }
  return false;
}
