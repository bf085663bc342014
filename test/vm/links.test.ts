// Kinds of links that not every kernel has: made by our messages and by ip, they are the same to ip and to our reader.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { suite, test } from 'node:test';
import { Batch, NETLINK_ROUTE, NetlinkSocket, NLM_F_CREATE, NLM_F_EXCL } from '../../src/netlink/index.ts';
import { getLink, linkMessage, RTM_NEWLINK, type LinkInfo, type LinkRequest } from '../../src/rtnetlink/index.ts';
import type { Codec } from '../../src/wire/index.ts';

const ip = (...args: string[]): string => execFileSync('ip', args, { encoding: 'utf8' });
const linkRequest = linkMessage as Codec<LinkRequest>;

interface Kind {
  readonly title: string;
  readonly info: LinkInfo;
  /** For ip. */
  readonly words: string;
  /** Whether it lies on another link. */
  readonly above?: true;
}

const KINDS: readonly Kind[] = [
  { title: 'dummy', info: { kind: 'dummy' }, words: 'type dummy' },
  { title: 'ifb', info: { kind: 'ifb' }, words: 'type ifb' },
  { title: 'vrf', info: { kind: 'vrf', data: { table: 100 } }, words: 'type vrf table 100' },
  { title: 'vlan', info: { kind: 'vlan', data: { id: 7 } }, words: 'type vlan id 7', above: true },
  {
    title: 'vlan of 802.1ad',
    info: { kind: 'vlan', data: { protocol: '802.1ad', id: 4094, flags: { flags: 0, mask: 1 } } },
    words: 'type vlan protocol 802.1ad id 4094 reorder_hdr off',
    above: true,
  },
  {
    title: 'ipvlan, l3s',
    info: { kind: 'ipvlan', data: { mode: 'l3s', flags: 1 } },
    words: 'type ipvlan mode l3s private',
    above: true,
  },
  {
    title: 'ipvlan, l2',
    info: { kind: 'ipvlan', data: { mode: 'l2', flags: 0 } },
    words: 'type ipvlan mode l2',
    above: true,
  },
  {
    title: 'macvlan, private',
    info: { kind: 'macvlan', data: { mode: 'private' } },
    words: 'type macvlan mode private',
    above: true,
  },
];

/** What ip says of what is particular to a link's kind. */
function linkInfoOf(name: string): unknown {
  const [link] = JSON.parse(ip('-d', '-j', 'link', 'show', 'dev', name)) as { linkinfo: unknown }[];
  return link!.linkinfo;
}

suite('links of other kinds', () => {
  for (const { title, info, words, above } of KINDS) {
    test(title, () => {
      using socket = NetlinkSocket.open(NETLINK_ROUTE);
      const lower = above === true ? ['low0', 'low1'] : [];
      for (const name of lower) ip('link', 'add', name, 'type', 'dummy');
      const [first, second] = lower.map((name) => getLink(socket, name));
      try {
        ip('link', 'add', ...(second === undefined ? [] : ['link', 'low1']), 'name', 'theirs', ...words.split(' '));
        const batch = new Batch(socket);
        batch.add(
          RTM_NEWLINK,
          NLM_F_CREATE | NLM_F_EXCL,
          linkRequest,
          { name: 'ours', linkInfo: info, ...(first === undefined ? {} : { link: first.index }) },
          `make a link of kind ${info.kind}`,
        );
        batch.send();
        assert.deepEqual(linkInfoOf('ours'), linkInfoOf('theirs'));
        const read = getLink(socket, 'theirs').linkInfo;
        assert.deepEqual(getLink(socket, 'ours').linkInfo, read);
        assert.equal(read?.kind, info.kind);
        const data = (read as { data?: Record<string, unknown> }).data ?? {};
        for (const [key, value] of Object.entries((info as { data?: object }).data ?? {})) {
          // Of flags, the kernel's answer has a mask of all.
          if (info.kind !== 'vlan' || key !== 'flags') assert.deepEqual(data[key], value, key);
        }
      } finally {
        for (const name of ['ours', 'theirs', ...lower])
          execFileSync('ip', ['link', 'delete', name], { stdio: 'ignore' });
      }
    });
  }
});
