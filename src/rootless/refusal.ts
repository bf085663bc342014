import { NEEDED_PROGRAMS, type RootlessFacts } from './facts.ts';

/** Why a user cannot have labs without root, and how to change that. */
export interface Refusal {
  readonly detail: string;
  /** Commands to run as root. */
  readonly fix: string;
}

/** Sets a sysctl now, and after the next boot. */
const set = (key: string, value: number): string =>
  `sudo sysctl -w ${key}=${value} (to keep it: echo ${key}=${value} | sudo tee /etc/sysctl.d/60-netwright.conf)`;

/** Returns why the user cannot create a user namespace; undefined if nothing is known to prevent it. */
export function refusalOf(facts: RootlessFacts): Refusal | undefined {
  const { sysctls, trial, programs } = facts;
  if (!facts.userNamespaces) {
    return {
      detail: 'this kernel was built without user namespaces (CONFIG_USER_NS)',
      fix: 'boot a kernel that has them, or use sudo',
    };
  }
  const missing = NEEDED_PROGRAMS.filter((program) => !programs.has(program));
  if (missing.length > 0) {
    return {
      detail: `there is no ${missing.join(', no ')} in PATH`,
      fix: 'sudo apt-get install util-linux coreutils (Alpine: apk add util-linux-misc coreutils; Fedora: dnf install util-linux coreutils)',
    };
  }
  if (trial?.worked === true) return undefined;
  for (const key of ['user.max_user_namespaces', 'user.max_net_namespaces', 'user.max_mnt_namespaces'] as const)
    if (sysctls[key] === 0) return { detail: `${key} is 0: user namespaces are disabled`, fix: set(key, 15_000) };
  if (sysctls['kernel.unprivileged_userns_clone'] === 0) {
    return {
      detail: 'kernel.unprivileged_userns_clone is 0: only root may create user namespaces',
      fix: set('kernel.unprivileged_userns_clone', 1),
    };
  }
  if (sysctls['kernel.apparmor_restrict_unprivileged_userns'] === 1) {
    return {
      detail:
        'AppArmor removes their capabilities (kernel.apparmor_restrict_unprivileged_userns is 1, the default on Ubuntu since 23.10)',
      fix: set('kernel.apparmor_restrict_unprivileged_userns', 0),
    };
  }
  if (trial === undefined) return undefined;
  if (facts.seccomp) {
    return {
      detail: `a seccomp filter, as in a container, forbids them: ${trial.said}`,
      fix: 'start the container with --security-opt seccomp=unconfined (podman, docker), or run this outside the container',
    };
  }
  if (/No space left/i.test(trial.said)) {
    return {
      detail: `the maximum number of namespaces is reached: ${trial.said}`,
      fix: set('user.max_user_namespaces', 15_000),
    };
  }
  if (/EAGAIN|Resource temporarily unavailable/.test(trial.said)) {
    return {
      detail: `no process could be started to test it: ${trial.said}`,
      fix: 'end some of your processes, or raise the limit (ulimit -u)',
    };
  }
  return {
    detail: `they cannot be created: ${trial.said || 'unshare gave no reason'}`,
    fix: 'a chroot, a container or a security module may forbid them: run this outside it, or with sudo',
  };
}
