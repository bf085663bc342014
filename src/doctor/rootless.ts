import {
  ID_PROGRAMS,
  rootlessFacts,
  UPLINK_PROGRAMS,
  type RootlessFacts,
  refusalOf,
  uplinkRefusal,
} from '../rootless/index.ts';
import { found, type Finding } from './finding.ts';
import { isRoot } from '../proc/index.ts';

/** Whether users can create labs without root, in a user namespace. For root, only whether this is allowed. */
export function rootless(): Finding[] {
  // A test as root would not show what other users can do.
  const facts = rootlessFacts({ trial: !isRoot() });
  return isRoot() ? [{ ...namespaces(facts), rare: true }] : judge(facts);
}

export const judge = (facts: RootlessFacts): Finding[] => [namespaces(facts), ids(facts), uplink(facts)];

function namespaces(facts: RootlessFacts): Finding {
  const subject = { id: 'rootless', title: 'User namespaces without root', needed: 'labs without root' };
  const refusal = refusalOf(facts);
  if (refusal !== undefined) return found(subject, 'warning', refusal.detail, refusal.fix);
  return found(subject, 'ok', facts.trial === undefined ? 'allowed' : 'tested: works');
}

function ids(facts: RootlessFacts): Finding {
  const subject = {
    id: 'rootless-ids',
    title: 'User ids without root',
    needed: 'programs in labs without root that change to another user, such as tcpdump and many servers',
  };
  const missing = ID_PROGRAMS.filter((program) => !facts.programs.has(program));
  if (missing.length > 0)
    return found(
      subject,
      'warning',
      `only one ID: there is no ${missing.join(', no ')}`,
      'sudo apt-get install uidmap',
    );
  if (!facts.subordinateIds) {
    return found(
      subject,
      'warning',
      `only one ID: /etc/subuid and /etc/subgid have no range for ${facts.user}`,
      `sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${facts.user}, with a range that no other user has`,
    );
  }
  if (facts.noNewPrivileges) {
    const detail = 'only one ID: newuidmap cannot gain privileges here (no_new_privs)';
    return found(subject, 'warning', detail, 'run it outside the container or service that sets no_new_privs');
  }
  return found(subject, 'ok', `the ranges of ${facts.user} in /etc/subuid and /etc/subgid`);
}

function uplink(facts: RootlessFacts): Finding {
  const subject = {
    id: 'rootless-uplink',
    title: 'Internet access without root',
    needed: '`internet` in labs without root',
  };
  const refusal = uplinkRefusal(facts);
  if (refusal !== undefined) return found(subject, 'warning', refusal.detail, refusal.fix);
  const program = UPLINK_PROGRAMS.find((name) => facts.programs.has(name));
  if (facts.ping) return found(subject, 'ok', `by ${program}`);
  const detail = `by ${program}, but without ping: net.ipv4.ping_group_range includes none of your groups`;
  return found(subject, 'warning', detail, 'sudo sysctl -w net.ipv4.ping_group_range="0 2147483647"');
}
