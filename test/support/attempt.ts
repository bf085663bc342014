import { execFile } from 'node:child_process';
import type { Sandbox } from '../../src/library/index.ts';

export const PYTHON = '/usr/bin/python3';

/** What attempts begin with: names, and calls that Python has no words for. */
const PREAMBLE = `
import ctypes, errno, os, signal, socket, stat, struct, sys, time
from socket import *
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *args):
    result = libc.syscall(ctypes.c_long(number), *[ctypes.c_void_p(a) if isinstance(a, int) else a for a in args])
    if result < 0: raise OSError(ctypes.get_errno(), '')
    return result
def tcp(host, port, data=b'x', source=None, family=None):
    s = socket(family or (AF_INET6 if ':' in host else AF_INET), SOCK_STREAM); s.settimeout(patience)
    if source: s.bind(source)
    s.connect((host, port)); s.send(data)
    return s.recv(100)
def udp(host, port, data=b'x', source=None, options=()):
    s = socket(AF_INET6 if ':' in host else AF_INET, SOCK_DGRAM); s.settimeout(patience)
    for level, name, value in options: s.setsockopt(level, name, value)
    if source: s.bind(source)
    s.connect((host, port)); s.send(data)
    return s.recv(4096)
def query(name, kind=1):
    return b'\\x12\\x34\\x01\\x00\\x00\\x01\\x00\\x00\\x00\\x00\\x00\\x00' + b''.join(bytes([len(l)]) + l.encode() for l in name.split('.')) + b'\\x00' + struct.pack('>HH', kind, 1)
def ask(name, kind=1, server='127.0.0.1'):
    r = udp(server, 53, query(name, kind))
    return (r[3] & 15, struct.unpack('>H', r[6:8])[0], r)
`;

/** How many seconds an attempt waits for an answer: for one that is to come, and for one that is not. */
export const LONG = 20;
export const SHORT = 0.6;

/** How what follows an attempt tells of it: `escaped`, or the name of the error. */
const whole = (code: string, patience: number): string => `${PREAMBLE}
patience = ${patience}
try:
${code
  .trim()
  .split('\n')
  .map((line) => `    ${line}`)
  .join('\n')}
    print('escaped')
except OSError as e:
    print(errno.errorcode.get(e.errno, 'timeout' if e.errno is None else str(e.errno)))
except AssertionError as e:
    print('no', e)
`;

/** Makes an attempt in a sandbox. What it prints last is what came of it. */
export async function inside(box: Sandbox, code: string, patience = LONG): Promise<string> {
  const { stdout, stderr } = await box.exec(PYTHON, ['-c', whole(code, patience)]);
  return (stdout + stderr).trim();
}

/** Makes several attempts, one after another in one process. */
export async function insideEach(box: Sandbox, codes: readonly string[]): Promise<string[]> {
  const { stdout, stderr } = await box.exec(PYTHON, [
    '-c',
    `${PREAMBLE}
patience = ${SHORT}
for code in ${JSON.stringify(codes)}:
    try: exec(code); print('escaped')
    except OSError as e: print(errno.errorcode.get(e.errno, 'timeout' if e.errno is None else str(e.errno)))
    except AssertionError as e: print('no', e)
`,
  ]);
  return (stdout + stderr).trim().split('\n');
}

/** Makes the same attempt without one, in the namespaces of the test. */
export const outside = (code: string, through: readonly string[] = [], patience = LONG): Promise<string> =>
  new Promise((resolve) => {
    const [command = PYTHON, ...words] = [...through, ...(through.length > 0 ? [PYTHON] : [])];
    const args = [...words, '-c', whole(code, patience)];
    execFile(command, args, (_error, stdout, stderr) => resolve((stdout + stderr).trim()));
  });
