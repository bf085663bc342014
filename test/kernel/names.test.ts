// An interface's name of twenty characters, the mistake everybody makes once: a file that has it is refused with its
// place, and the kernel's own refusal, asked for it directly, is told with the name of the attribute it objects to.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { suite, test } from 'node:test';
import { Lab, NetlinkError, TopologyError } from '../../src/library/index.ts';
import { NETLINK_ROUTE, NetlinkSocket, NLM_F_CREATE, NLM_F_EXCL } from '../../src/netlink/index.ts';
import { visitNamespaces } from '../../src/netns/index.ts';
import { linkMessage, RTM_NEWLINK, RTM_SETLINK, type LinkRequest } from '../../src/rtnetlink/index.ts';
import { attempt } from '../support/command.ts';
import { skipWithoutRoot } from '../support/privilege.ts';

const LONG = 'twenty-characters-xx';

suite('a name that is too long', { skip: skipWithoutRoot }, () => {
  test('in a file, with the place', async () => {
    const folder = mkdtempSync(`${tmpdir()}/netwright-`);
    const file = `${folder}/long.yaml`;
    writeFileSync(
      file,
      `networks: { lan: { subnet: 10.0.0.0/24 } }\nnodes:\n  a:\n    networks:\n      lan: { interface: ${LONG} }\n`,
    );
    try {
      await assert.rejects(Lab.up(file), (error: TopologyError) => {
        assert.ok(error instanceof TopologyError);
        assert.match(error.message, new RegExp(`${file}:5:25`), error.message);
        assert.match(error.message, /20 characters long; Linux allows 15/);
        return true;
      });
      for (const there of ['/run/netwright/long', '/run/netns/long', '/run/netwright/long.lock'])
        assert.throws(() => execFileSync('test', ['-e', there]));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('sent to the kernel, with its own words and the attribute’s path', () => {
    const error = refusal({ name: LONG, linkInfo: { kind: 'bridge' } }, NLM_F_CREATE | NLM_F_EXCL);
    assert.equal(error.attribute, 'link.name');
    assert.equal(error.kernelMessage, KERNEL_WORDS.tooLong);
    assert.equal(error.code, 'ERANGE');
    assert.match(error.message, /cannot make a link: .*ERANGE.*the kernel says ".*" \(at link\.name\)/);
  });
});

const KERNEL_WORDS = {
  /** include/net/netlink.h: a string that is longer than its policy allows. */
  tooLong: 'Attribute failed policy validation',
} as const;

suite('the path of an attribute the kernel objects to', { skip: skipWithoutRoot }, () => {
  test('leads through what it is nested in', () => {
    const error = refusal(
      { name: 'x', linkInfo: { kind: 'veth', data: { peer: { name: LONG } } } },
      NLM_F_CREATE | NLM_F_EXCL,
    );
    assert.equal(error.attribute, 'link.linkInfo.data.peer.name', error.message);
    assert.equal(error.kernelMessage, KERNEL_WORDS.tooLong);
  });

  test('comes with the kernel’s words, which are those that `ip` prints', () => {
    const error = refusal({ name: 'x', linkInfo: { kind: 'nonesuch' } as never }, NLM_F_CREATE | NLM_F_EXCL);
    const { stderr } = attempt('unshare', '--net', 'ip', 'link', 'add', 'x', 'type', 'nonesuch');
    assert.ok(error.kernelMessage !== undefined && stderr.includes(error.kernelMessage), `${error.message}\n${stderr}`);
  });

  test('is absent where the kernel gives none', () => {
    const error = refusal({ index: 4711, mtu: 1400 }, 0, RTM_SETLINK);
    assert.equal(error.code, 'ENODEV');
    assert.equal(error.attribute, undefined);
  });
});

/** What the kernel says to a link message in a namespace that is nobody's. */
function refusal(link: LinkRequest, flags: number, type = RTM_NEWLINK): NetlinkError {
  return visitNamespaces((thread) => {
    thread.create();
    using socket = NetlinkSocket.open(NETLINK_ROUTE);
    const batch = socket.batch();
    batch.add(type, flags, linkMessage, link, 'make a link');
    try {
      batch.send();
    } catch (error) {
      if (error instanceof NetlinkError) return error;
      throw error;
    }
    return assert.fail('the kernel did as it was told');
  });
}
