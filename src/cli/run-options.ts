import { InvalidArgumentError } from 'commander';
import type { Isolation, Limits } from '../sandbox/index.ts';

const ISOLATIONS: readonly Isolation[] = ['net', 'pid', 'ipc', 'uts', 'mnt', 'user'];

/** Parses `pid,mnt`, for commander. */
export function parseIsolation(text: string): Isolation[] {
  const words = text.split(',').filter((word) => word !== '');
  const unknown = words.find((word) => !ISOLATIONS.some((isolation) => isolation === word));
  if (unknown !== undefined)
    throw new InvalidArgumentError(`Unknown namespace "${unknown}"; expected ${ISOLATIONS.join(', ')}.`);
  return words as Isolation[];
}

const UNITS: Readonly<Record<string, number>> = { '': 1, b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

/** Parses one or more limits (`cpu=0.5,pids=100`) and adds them to those that were parsed before, for commander. */
export function parseLimits(text: string, before: Limits = {}): Limits {
  let limits = before;
  for (const part of text.split(',')) {
    const [, name, value] = /^(\w+)=(.+)$/.exec(part) ?? [];
    limits = { ...limits, ...parseLimit(name, value ?? '', part) };
  }
  return limits;
}

function parseLimit(name: string | undefined, value: string, part: string): Limits {
  if (name === 'cpu' && /^\d+(\.\d+)?$/.test(value) && Number(value) >= 0.01) return { cpu: Number(value) };
  if (name === 'pids' && /^[1-9]\d*$/.test(value)) return { pids: Number(value) };
  const [, number, unit] = /^(\d+(?:\.\d+)?)([kmgt]?)(?:i?b)?$/i.exec(value) ?? [];
  const bytes = Math.round(Number(number) * (UNITS[unit?.toLowerCase() ?? ''] ?? 1));
  if (name === 'memory' && bytes > 0) return { memory: bytes };
  throw new InvalidArgumentError(`Invalid limit "${part}"; expected cpu=0.5, memory=512mb or pids=100.`);
}

/** Parses `UID` or `UID:GID`, for commander. */
export function parseUser(text: string): { uid: number; gid: number } {
  const [, uid, gid = uid] = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(text) ?? [];
  if (uid === undefined) throw new InvalidArgumentError('Expected UID or UID:GID, such as 1000 or 1000:1000.');
  return { uid: Number(uid), gid: Number(gid) };
}
