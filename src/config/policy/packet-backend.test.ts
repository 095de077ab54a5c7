import assert from 'node:assert/strict'
import test from 'node:test'
import { archivedSources } from './policy-sources.ts'
import { parsePolicy } from './parse-policy.ts'

function load(backend: 'auto' | 'xdp' | 'nftables', ...rules: readonly string[]): void {
  const text = ['phase: packet_firewall', 'rules:', ...rules.map((rule) => `  - { ${rule} }`)].join('\n')
  parsePolicy(archivedSources(new Map([['packets.yaml', `${text}\n`]])), {
    siteNames: undefined,
    nowMs: 0,
    hasFirewall: true,
    backend,
  })
}

const TRACKED = `id: tracked, when: 'ct.state == "new"', action: drop`
const LENGTH = `id: length, when: tcp.len > 5, action: drop`
const STATE = `id: state, when: tcp.out_of_state, action: drop`
const COOKIES = `id: cookies, when: tcp.dstport == 80, action: syn_cookie`
const PROXY = `id: proxy, when: tcp.dstport == 80, action: synproxy`

test('a policy is loaded when what filters can ask all of its rules', () => {
  load('auto', TRACKED, PROXY)
  load('auto', PROXY, COOKIES)
  load('auto', LENGTH)
  load('xdp', LENGTH)
  load('xdp', STATE, COOKIES)
  load('auto', STATE, COOKIES)
  load('nftables', TRACKED, PROXY, COOKIES)
})

const REFUSED: readonly (readonly [...Parameters<typeof load>, RegExp])[] = [
  ['xdp', TRACKED, /packets\.yaml:3:\d+: rule tracked: .*before connections are tracked.*`backend: nftables`/],
  ['xdp', PROXY, /rule proxy: eBPF is no proxy/],
  ['nftables', STATE, /rule state: nftables tracks connections by itself.*`ct\.state == "invalid"`/],
  ['auto', TRACKED, STATE, /rule state: .*; and rule tracked needs nftables/],
  ['auto', PROXY, STATE, /rule state: .*; and rule proxy needs nftables/],
  ['nftables', LENGTH, /rule length: nftables cannot subtract/],
  ['auto', TRACKED, LENGTH, /rule length: nftables cannot subtract.*; and rule tracked needs nftables/],
]

test('a rule that what filters cannot ask is refused at its place, with what to do', () => {
  for (const [backend, ...rest] of REFUSED) {
    const rules = rest.filter((each) => typeof each === 'string')
    assert.throws(() => load(backend, ...rules), { code: 'ERR_POLICY_INVALID', message: rest.at(-1) as RegExp })
  }
})
