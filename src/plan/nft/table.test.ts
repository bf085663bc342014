import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TableState } from '../../state/index.ts';
import { renderTable } from '../index.ts';

const table: TableState = {
  family: 'inet',
  name: 'web',
  comment: 'what "web" lets in',
  sets: {
    allowed: {
      key: ['ipv4_addr', 'inet_service'],
      flags: ['interval'],
      elements: [{ key: ['10.0.0.0/8', { range: [80, 90] }] }, { key: ['192.0.2.1', 22] }],
    },
    seen: { key: ['ipv4_addr'], flags: ['timeout', 'dynamic'], elements: [], timeout: 1.5 },
    fate: {
      key: ['ifname'],
      value: ['verdict'],
      flags: [],
      elements: [
        { key: ['eth0'], value: ['jump other'] },
        { key: ['*'], value: ['drop'] },
      ],
    },
    marks: {
      key: ['ipv4_addr'],
      value: ['mark', 'inet_service'],
      flags: ['constant'],
      elements: [1, 2, 3, 4, 5].map((n) => ({ key: [`10.0.0.${n}`], value: [n * 10, 80] })),
    },
  },
  chains: {
    other: { rules: [] },
    input: {
      base: { type: 'filter', hook: 'input', priority: 0, policy: 'drop' },
      rules: [
        { statements: [{ match: { left: 'tcp dport', op: '==', right: 22 } }, { verdict: 'accept' }], comment: 'ssh' },
      ],
    },
    translate: { base: { type: 'nat', hook: 'postrouting', priority: 100, policy: 'accept' }, rules: [] },
    odd: { base: { type: 'filter', hook: 'output', priority: 7, policy: 'accept' }, rules: [] },
  },
};

const TEXT = `table inet web {
	comment "what 'web' lets in"

	set allowed {
		type ipv4_addr . inet_service
		flags interval
		elements = { 10.0.0.0/8 . 80-90, 192.0.2.1 . 22 }
	}

	set seen {
		type ipv4_addr
		flags timeout,dynamic
		timeout 1500ms
	}

	map fate {
		type ifname : verdict
		elements = { "eth0" : jump other, * : drop }
	}

	map marks {
		type ipv4_addr : mark . inet_service
		flags constant
		elements = {
			10.0.0.1 : 0xa . 80,
			10.0.0.2 : 0x14 . 80,
			10.0.0.3 : 0x1e . 80,
			10.0.0.4 : 0x28 . 80,
			10.0.0.5 : 0x32 . 80,
		}
	}

	chain other {
	}

	chain input {
		type filter hook input priority filter; policy drop;
		tcp dport 22 accept comment "ssh"
	}

	chain translate {
		type nat hook postrouting priority srcnat; policy accept;
	}

	chain odd {
		type filter hook output priority 7; policy accept;
	}
}`;

test('a table as nft lists it', () => assert.equal(renderTable(table), TEXT));

test('a table replaces another in one transaction', () => {
  const empty: TableState = { family: 'ip', name: 'x', chains: {}, sets: {} };
  assert.equal(renderTable(empty, { replace: true }), 'table ip x\ndelete table ip x\ntable ip x {\n}');
});

const priority = (family: TableState['family'], hook: 'prerouting' | 'forward' | 'ingress', value: number) =>
  /priority ([^;]+);/.exec(
    renderTable({
      family,
      name: 'x',
      sets: {},
      chains: { c: { base: { type: 'filter', hook, priority: value, policy: 'accept' }, rules: [] } },
    }),
  )?.[1];

test('a flowtable, and a rule that adds connections to it', () => {
  const text = renderTable({
    family: 'inet',
    name: 'x',
    sets: {},
    chains: { c: { rules: [{ statements: [{ flowAdd: 'flows' }] }] } },
    flowtables: { flows: { hook: 'ingress', priority: 0, devices: ['eth0', 'uplink'] } },
  });
  assert.equal(
    text,
    `table inet x {
	flowtable flows {
		hook ingress priority filter
		devices = { "eth0", "uplink" }
	}

	chain c {
		flow add @flows
	}
}`,
  );
});

test('priorities have names where nft has them', () => {
  assert.equal(priority('ip', 'prerouting', -100), 'dstnat');
  assert.equal(priority('ip', 'forward', -100), '-100');
  assert.equal(priority('inet', 'prerouting', -300), 'raw');
  assert.equal(priority('bridge', 'forward', -200), 'filter');
  assert.equal(priority('bridge', 'forward', 0), '0');
  assert.equal(priority('netdev', 'ingress', 0), 'filter');
});
