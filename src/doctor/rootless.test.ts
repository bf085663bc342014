import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type RootlessFacts, refusalOf } from '../rootless/index.ts';
import { judge } from './rootless.ts';

/** A machine that supports labs without root completely. */
const READY: RootlessFacts = {
  userNamespaces: true,
  sysctls: { 'user.max_user_namespaces': 63_000, 'user.max_net_namespaces': 63_000 },
  seccomp: false,
  noNewPrivileges: false,
  programs: new Set(['unshare', 'nsenter', 'setsid', 'flock', 'sleep', 'newuidmap', 'newgidmap', 'pasta']),
  user: 'ada',
  subordinateIds: true,
  tun: 'ok',
  ping: true,
  trial: { worked: true, said: '' },
};
const without = (...names: readonly string[]): Set<string> =>
  new Set([...READY.programs].filter((name) => !names.includes(name)));
const failed = (said = 'unshare: unshare failed: Operation not permitted') => ({ worked: false, said });

/** A limitation, the facts, the ID of the finding, and patterns for its detail and its fix. */
const CASES: readonly (readonly [
  limitation: string,
  facts: Partial<RootlessFacts>,
  id: string,
  detail: RegExp,
  fix: RegExp,
])[] = [
  ['a kernel without user namespaces', { userNamespaces: false }, 'rootless', /CONFIG_USER_NS/, /boot a kernel/],
  [
    'max_user_namespaces 0',
    { sysctls: { 'user.max_user_namespaces': 0 }, trial: failed('unshare: unshare failed: No space left on device') },
    'rootless',
    /user\.max_user_namespaces is 0/,
    /^sudo sysctl -w user\.max_user_namespaces=15000 .*\/etc\/sysctl\.d\//,
  ],
  [
    'max_net_namespaces 0',
    { sysctls: { 'user.max_net_namespaces': 0 }, trial: failed('No space left on device') },
    'rootless',
    /user\.max_net_namespaces is 0/,
    /sysctl -w user\.max_net_namespaces=15000/,
  ],
  [
    'Debian’s switch',
    { sysctls: { 'kernel.unprivileged_userns_clone': 0 }, trial: failed() },
    'rootless',
    /kernel\.unprivileged_userns_clone is 0/,
    /sysctl -w kernel\.unprivileged_userns_clone=1/,
  ],
  [
    'AppArmor of Ubuntu 24.04',
    {
      sysctls: { 'kernel.apparmor_restrict_unprivileged_userns': 1 },
      trial: failed('unshare: write failed /proc/self/uid_map: Operation not permitted'),
    },
    'rootless',
    /AppArmor/,
    /sysctl -w kernel\.apparmor_restrict_unprivileged_userns=0/,
  ],
  [
    'a seccomp filter',
    { seccomp: true, trial: failed() },
    'rootless',
    /seccomp.*Operation not permitted/,
    /seccomp=unconfined/,
  ],
  [
    'too many processes',
    { trial: failed('spawnSync unshare EAGAIN') },
    'rootless',
    /no process could be started.*EAGAIN/,
    /ulimit -u/,
  ],
  [
    'too many of them',
    { trial: failed('unshare: unshare failed: No space left on device') },
    'rootless',
    /maximum number of namespaces/,
    /max_user_namespaces=/,
  ],
  ['something else', { trial: failed('unshare: no idea') }, 'rootless', /no idea/, /sudo/],
  [
    'no nsenter',
    { programs: without('nsenter', 'flock') },
    'rootless',
    /no nsenter, no flock/,
    /apt-get install util-linux/,
  ],
  ['no newuidmap', { programs: without('newuidmap') }, 'rootless-ids', /no newuidmap/, /apt-get install uidmap/],
  [
    'no subordinate ids',
    { subordinateIds: false },
    'rootless-ids',
    /for ada/,
    /usermod --add-subuids \S+ --add-subgids \S+ ada/,
  ],
  ['no_new_privs', { noNewPrivileges: true }, 'rootless-ids', /no_new_privs/, /outside/],
  [
    'neither pasta nor slirp4netns',
    { programs: without('pasta') },
    'rootless-uplink',
    /neither pasta nor slirp4netns/,
    /apt-get install passt.*apt-get install slirp4netns/,
  ],
  ['no tun device', { tun: 'absent' }, 'rootless-uplink', /no \/dev\/net\/tun/, /modprobe tun/],
  ['a tun device for root', { tun: 'closed' }, 'rootless-uplink', /permission denied/, /chmod 0666 \/dev\/net\/tun/],
  ['no pings', { ping: false }, 'rootless-uplink', /but without ping/, /ping_group_range="0 2147483647"/],
];

suite('labs without root', () => {
  test('have no complaints about a machine that supports them', () => {
    assert.deepEqual(
      judge(READY).map(({ status }) => status),
      ['ok', 'ok', 'ok'],
    );
    const other = { ...READY, programs: new Set([...without('pasta'), 'slirp4netns']) };
    assert.match(judge(other).find(({ id }) => id === 'rootless-uplink')!.detail, /slirp4netns/);
  });

  for (const [limitation, facts, id, detail, fix] of CASES) {
    test(`${limitation} is the only complaint, with its fix`, () => {
      const complaints = judge({ ...READY, ...facts }).filter(({ status }) => status !== 'ok');
      assert.deepEqual(
        complaints.map((finding) => finding.id),
        [id],
      );
      assert.match(complaints[0]!.detail, detail);
      assert.match(complaints[0]!.fix!, fix);
    });
  }

  test('are judged by settings alone if nothing was tested, as for root', () => {
    const { trial: _, ...untried } = READY;
    assert.equal(refusalOf(untried), undefined);
    const sysctls = { 'kernel.apparmor_restrict_unprivileged_userns': 1 };
    assert.match(refusalOf({ ...untried, sysctls })!.detail, /AppArmor/);
    assert.equal(refusalOf({ ...READY, sysctls }), undefined, 'a profile may permit them');
  });
});
