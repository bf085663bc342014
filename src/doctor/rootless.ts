import {
  ID_PROGRAMS,
  rootlessFacts,
  UPLINK_PROGRAMS,
  type RootlessFacts,
  refusalOf,
  wayOut,
} from '../rootless/index.ts';
import { found, type Finding } from './finding.ts';
import { isRoot } from '../proc/index.ts';

/** Whether users can have labs without root, in a user namespace; for whoever is not root, all that goes with it. */
export function rootless(): Finding[] {
  // What root may do tells nothing of what others may.
  const facts = rootlessFacts({ trial: !isRoot() });
  return isRoot() ? [{ ...namespaces(facts), rare: true }] : judge(facts);
}

export const judge = (facts: RootlessFacts): Finding[] => [namespaces(facts), ids(facts), uplink(facts)];

function namespaces(facts: RootlessFacts): Finding {
  const subject = { id: 'rootless', title: 'User namespaces without root', needed: 'labs without root' };
  const refusal = refusalOf(facts);
  if (refusal !== undefined) return found(subject, 'warning', refusal.detail, refusal.fix);
  return found(subject, 'ok', facts.trial === undefined ? 'nothing forbids them' : 'a trial worked');
}

function ids(facts: RootlessFacts): Finding {
  const subject = {
    id: 'rootless-ids',
    title: 'User ids without root',
    needed: 'programs in labs without root that change to another user, as tcpdump and many servers do',
  };
  const missing = ID_PROGRAMS.filter((program) => !facts.programs.has(program));
  if (missing.length > 0)
    return found(subject, 'warning', `one: there is no ${missing.join(', no ')}`, 'sudo apt-get install uidmap');
  if (!facts.subordinateIds) {
    return found(
      subject,
      'warning',
      `one: /etc/subuid and /etc/subgid set none aside for ${facts.user}`,
      `sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${facts.user}, with a range that no one else has`,
    );
  }
  if (facts.noNewPrivileges) {
    const detail = 'one: programs may not gain privileges here (no_new_privs), as newuidmap has to';
    return found(subject, 'warning', detail, 'run it outside of the container or service that says so');
  }
  return found(subject, 'ok', `those that /etc/subuid sets aside for ${facts.user}`);
}

function uplink(facts: RootlessFacts): Finding {
  const subject = { id: 'rootless-uplink', title: 'Way out without root', needed: '`internet` in labs without root' };
  const refusal = wayOut(facts);
  if (refusal !== undefined) return found(subject, 'warning', refusal.detail, refusal.fix);
  const program = UPLINK_PROGRAMS.find((name) => facts.programs.has(name));
  if (facts.ping) return found(subject, 'ok', `by ${program}`);
  const detail = `by ${program}, pings left out: net.ipv4.ping_group_range holds none of your groups`;
  return found(subject, 'warning', detail, 'sudo sysctl -w net.ipv4.ping_group_range="0 2147483647"');
}
