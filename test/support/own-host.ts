import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { skipWithoutRoot } from './privilege.ts';

/*
 * Importing this, before anything else, gives a test file a machine of its own: the file runs once more, in a network
 * namespace that its labs take for the host's, with an address, folders for namespaces that start empty, and no other
 * processes. There it may switch forwarding on and off, and needs no care for what else goes on.
 */

const MARK = 'NETWRIGHT_OWN_HOST';
const PREPARE = `
awk '$2 ~ "^/(run/netwright|run/netns|etc/netns)" { print $2 }' /proc/self/mounts | tac | xargs -r umount -l
for folder in /run/netns /run/netwright /etc/netns; do mkdir -p $folder && mount -t tmpfs none $folder || exit 1; done
mount -t sysfs none /sys && ip link set lo up &&
ip link add lan0 type veth peer name lan1 && ip link set lan0 addrgenmode none && ip link set lan1 addrgenmode none &&
ip link set lan0 up && ip link set lan1 up && ip address add 100.64.77.2/24 dev lan0 &&
sysctl -q net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0 net.ipv4.conf.all.rp_filter=0 || exit 1
# Not in its place: the first process of all has its own way with signals, and must see to orphans.
"$@"
exit $?`;
// All of it ends with this process, as when a test has taken too long.
const SETPRIV = ['--pdeathsig', 'KILL', 'unshare'];
const UNSHARE = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];

if (skipWithoutRoot === false && process.env[MARK] === undefined) {
  // Bun's process.argv and process.execArgv lack the words and options of `bun test`.
  const words = readFileSync('/proc/self/cmdline', 'utf8').split('\0').slice(1, -1);
  // This file is preloaded in the outer process only, which exits before it loads the test file.
  const again = [process.execPath, ...words.filter((word) => !word.startsWith('--import'))];
  const { status, error } = spawnSync('setpriv', [...SETPRIV, ...UNSHARE, 'sh', '-c', PREPARE, 'sh', ...again], {
    stdio: 'inherit',
    env: { ...process.env, [MARK]: '1' },
  });
  if (error !== undefined) throw error;
  // The tests have run, in the other process.
  process.exit(status ?? 1);
}
