import { spawnSync } from 'node:child_process';
import { skipWithoutRoot } from './privilege.ts';

/*
 * Importing this, before anything else, gives a test file a machine of its own: the file runs once more, in a network
 * namespace that its labs take for the host's, with folders for namespaces that start empty. There it may switch
 * forwarding on and off, and needs no care for what else goes on.
 */

const MARK = 'NETWRIGHT_OWN_HOST';
const PREPARE = `
awk '$2 ~ "^/(run/netwright|run/netns|etc/netns)" { print $2 }' /proc/self/mounts | tac | xargs -r umount -l
for folder in /run/netns /run/netwright /etc/netns; do mkdir -p $folder && mount -t tmpfs none $folder || exit 1; done
mount -t sysfs none /sys && ip link set lo up &&
sysctl -q net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0 net.ipv4.conf.all.rp_filter=0 && exec "$@"`;

if (skipWithoutRoot === false && process.env[MARK] === undefined) {
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const { status, error } = spawnSync('unshare', ['--net', '--mount', 'sh', '-c', PREPARE, 'sh', ...again], {
    stdio: 'inherit',
    env: { ...process.env, [MARK]: '1' },
  });
  if (error !== undefined) throw error;
  // The tests have run, in the other process.
  process.exit(status ?? 1);
}
