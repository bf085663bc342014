// What a snapshot takes for the settings of a namespace is what their files say, though it reads only some of them.
import { sysctlPath } from '../../src/base/index.ts';
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, suite, test } from 'node:test';
import { libc } from '../../src/ffi/index.ts';
import { settingPlaces, netlinkConf } from '../../src/observe/settings/conf.ts';
import { SettingsReader } from '../../src/observe/settings/reader.ts';
import { NETLINK_ROUTE, NetlinkSocket } from '../../src/netlink/index.ts';
import { openNamespace, within } from '../../src/netns/index.ts';
import { sh } from '../support/command.ts';
import { skipWithoutRoot } from '../support/privilege.ts';

const NAMES = ['set0', 'set1', 'set2'];
const LINKS = ['lo', 'eth0', 'eth0.7'];
const FAMILIES = { ipv4: settingPlaces('ipv4'), ipv6: settingPlaces('ipv6') };

suite('settings of namespaces', { skip: skipWithoutRoot }, () => {
  before(() => {
    for (const name of NAMES) {
      sh(`ip netns add ${name}`);
      sh(`ip -n ${name} link add eth0 type veth peer name p0`);
      sh(`ip -n ${name} link add eth0.7 type veth peer name p7`);
    }
  });
  after(() => {
    for (const name of NAMES) sh(`ip netns del ${name}`);
  });

  for (const [family, places] of Object.entries(FAMILIES))
    test(`netlink tells of each setting of an interface that is told by it, in its place: ${family}`, (t) => {
      inside('set0', () => {
        const folder = `/proc/sys/net/${family}/conf/eth0`;
        const files = readdirSync(folder).filter((name) => places.has(name));
        const unchanged = files.filter((name) => {
          const before = told(folder);
          const value = readFileSync(`${folder}/${name}`, 'latin1').trim();
          if (!change(`${folder}/${name}`, value)) return true;
          const now = told(folder);
          const place = places.get(name)!;
          assert.notEqual(word(now.text, place), word(before.text, place), name);
          writeFileSync(`${folder}/${name}`, value);
          assert.equal(word(told(folder).text, place), word(before.text, place), name);
          return false;
        });
        t.diagnostic(`${files.length} of them, those that cannot be changed apart: ${unchanged.join(' ')}`);
        assert.deepEqual(
          unchanged.filter((name) => !UNCHANGEABLE.has(name)),
          [],
        );
        assert.ok(files.length >= 30);
      });
    });

  test('are those that their files say, whatever was read before', () => {
    const reader = new SettingsReader();
    const prove = (): void => {
      for (const name of NAMES)
        inside(name, () => {
          // Twice: what was read of one interface stands for others, and for the same one later.
          reader.read(LINKS);
          assert.deepEqual(Object.fromEntries(reader.read(LINKS)), Object.fromEntries(byFiles(LINKS)));
        });
    };
    prove();
    inside('set1', () => {
      for (const path of changeable()) change(path, readFileSync(path, 'latin1').trim());
    });
    prove();
    inside('set2', () => {
      for (const path of changeable().filter((_, i) => i % 7 === 0)) change(path, readFileSync(path, 'latin1').trim());
    });
    prove();
  });
});

/** Those that are set by who routes multicast, by the link, or by nobody here. */
const UNCHANGEABLE = new Set(['mc_forwarding', 'mtu']);

function inside(name: string, fn: () => void): void {
  const fd = openNamespace(name);
  try {
    within(fd, fn);
  } finally {
    libc.close(fd);
  }
}

function told(folder: string): { readonly text: string } {
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  const found = netlinkConf(socket).get(folder);
  assert.ok(found !== undefined, folder);
  return found;
}

/** What stands in a place of the kernel's array, behind the name of the family. */
const word = (text: string, place: number): string => text.slice('ipv4 '.length).slice(4 * place, 4 * place + 4);

/** Gives a setting another value, and says whether it has one now. */
function change(path: string, value: string): boolean {
  for (const other of [String(Number(value) + 1), '1', '0', '2', '3', '120']) {
    if (other === value) continue;
    try {
      writeFileSync(path, other);
    } catch {
      continue;
    }
    if (readFileSync(path, 'latin1').trim() !== value) return true;
  }
  return false;
}

/** The files of interfaces, of all of them and of new ones, but those that make or break connections. */
const changeable = (): string[] =>
  Object.keys(FAMILIES).flatMap((family) =>
    ['all', 'default', ...LINKS].flatMap((name) => {
      const folder = `/proc/sys/net/${family}/conf/${name}`;
      return readdirSync(folder)
        .filter((file) => file !== 'stable_secret' && file !== 'disable_ipv6')
        .map((file) => `${folder}/${file}`);
    }),
  );

/** All settings that can be read, file by file. */
function byFiles(links: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (path: string, key: string): void => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const inner = `${key}.${entry.name.replaceAll('.', '/')}`;
      if (entry.isDirectory()) {
        // The first namespace alone has defaults that they could be compared with.
        if (path.endsWith('/neigh') && entry.name !== 'lo') continue;
        if (path.endsWith('/conf') && !['all', 'default', ...links].includes(entry.name)) continue;
        visit(`${path}/${entry.name}`, inner);
      } else if (!/nf_conntrack_count$|stable_secret$/.test(inner)) {
        try {
          found.set(inner, readFileSync(sysctlPath(inner), 'latin1').trim().replaceAll('\t', ' '));
        } catch {
          // It can only be written.
        }
      }
    }
  };
  visit('/proc/sys/net', 'net');
  return found;
}
