import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { spawn, spawnSync, type ChildProcess, type SpawnOptions, type SpawnSyncReturns } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.ts';
import { eventuallyHolds } from './eventually.ts';

/*
 * A throw-away account on a machine of its own (own-host.ts): /etc is a copy there and /home is empty, so that nothing of
 * the account is left whatever becomes of the test. Its user finds this repository in ~/netwright, wherever it is.
 */

const PREPARE = `
mount -t tmpfs none /mnt && cp -a /etc /mnt/etc && mount --bind /mnt/etc /etc && mount -t tmpfs none /etc/netns &&
mount -t tmpfs none /home && mkdir -p /run/user && mount -t tmpfs none /run/user && mkdir -m 0700 /run/user/0 &&
mkdir -p /dev/net && mount -t tmpfs none /dev/net && mknod -m 0666 /dev/net/tun c 10 200 &&
echo 0 2147483647 > /proc/sys/net/ipv4/ping_group_range &&
useradd -m -u "$1" -s /bin/bash "$2" && mkdir "/home/$2/netwright" && mount --bind "$PWD" "/home/$2/netwright"`;

interface Options {
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

export class Account {
  /** Another in each run: locks in /tmp are named after it. */
  readonly uid = 20_000 + randomInt(40_000);
  readonly name = `nw${this.uid}`;
  readonly home = `/home/${this.name}`;
  readonly cli = `${this.home}/netwright/dist/cli.cjs`;
  readonly environment: NodeJS.ProcessEnv = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: this.home,
    USER: this.name,
    SHELL: '/bin/sh',
  };

  constructor() {
    run('sh', '-c', PREPARE, 'sh', String(this.uid), this.name);
  }

  /** Runs a program as the user, to its end. */
  run(command: string, args: readonly string[], options: Options = {}): SpawnSyncReturns<string> {
    return spawnSync(command, args, { ...this.#identity(options), encoding: 'utf8', timeout: 60_000 });
  }

  /** Starts a program as the user. */
  spawn(command: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
    return spawn(command, args, { ...this.#identity({}), ...options });
  }

  #identity({ env, ...options }: Options) {
    return { uid: this.uid, gid: this.uid, cwd: this.home, env: { ...this.environment, ...env }, ...options };
  }

  netwright(args: readonly string[], options: Options = {}): SpawnSyncReturns<string> {
    return this.run(process.execPath, [this.cli, ...args], options);
  }

  /** Runs what must succeed, and returns what it printed. */
  ok(...args: readonly string[]): string {
    const { status, stdout, stderr } = this.netwright(args);
    assert.equal(status, 0, `netwright ${args.join(' ')}: ${stdout}${stderr}`);
    return stdout;
  }

  /** Runs what must end with a status, and returns what it said. */
  fails(status: number, ...args: readonly string[]): string {
    const result = this.netwright(args);
    assert.equal(result.status, status, `netwright ${args.join(' ')}: ${result.stdout}${result.stderr}`);
    assert.doesNotMatch(result.stderr, /\n {4}at |is a bug/, 'no stack trace');
    return result.stderr;
  }

  /** What runs as the user, or as one of those that /etc/subuid gives to it: process ids and commands. */
  processes(): { pid: number; command: string }[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        try {
          const [, uid] = /^Uid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
          const command = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trim();
          const mine = Number(uid) === this.uid || Number(uid) >= 100_000;
          return mine && command !== '' ? [{ pid: Number(pid), command }] : [];
        } catch {
          return [];
        }
      });
  }

  /** The processes that hold a world. */
  holders(): number[] {
    return this.processes().flatMap(({ pid, command }) => (/^sleep \d{10}$/.test(command) ? [pid] : []));
  }

  /**
   * Fails unless soon nothing runs as the user any more, and its lock is gone: by itself, or, after the holder of a world
   * was killed, with the next command that is no longer hindered by one on its way in.
   */
  async assertNothingLeft(options: { readonly killed?: boolean } = {}): Promise<void> {
    await eventuallyHolds(() => {
      const left = [
        ...this.processes().map(({ pid, command }) => `${pid} ${command}`),
        ...readdirSync('/tmp').filter((name) => name.startsWith(`netwright-${this.uid}-`)),
      ];
      if (left.length > 0 && options.killed === true) this.ok('ls');
      assert.deepEqual(left, [], 'of a user whose labs are down');
    }, 50);
  }

  /** A folder for PATH with what there is, but for these programs. */
  pathWithout(...programs: readonly string[]): string {
    const folder = join(this.home, `bin-without-${programs.join('-')}`);
    const names = this.environment['PATH']!.split(':').flatMap((from) =>
      readdirSync(from).map((name) => [name, `${from}/${name}`] as const),
    );
    const links = new Map(names.filter(([name]) => !programs.includes(name)));
    mkdirSync(folder);
    for (const [name, path] of links) symlinkSync(path, join(folder, name));
    return folder;
  }
}
