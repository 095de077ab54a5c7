import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { skipWithout, skipWithoutRoot } from '../debian-tools.ts'
import { FirewallLab } from './testing/firewall-lab.ts'

const skip = skipWithoutRoot() || skipWithout('ip', 'nft')

const RULES = `phase: packet_firewall
rules:
  - { id: listed, when: udp.dstport == 99 and ip.src in $large, action: drop }
  - { id: unlisted, when: udp.dstport == 99 and not ip.src in $large, action: drop }
`
/** Enough for sets of prefixes. */
const STRANGERS = Array.from({ length: 6000 }, (_, index) => `11.${index >> 8}.${index & 255}.0/24`)
/** The network of the client, as one prefix, as parts, as a part of a larger one. */
const OWN = [['10.77.0.0/24'], ['10.77.0.0/25', '10.77.0.128/25'], ['10.76.0.0/15'], ['10.77.0.2', '10.77.0.9']]
const CHANGES = 40

let lab: FirewallLab

function policy(own: readonly string[], count: number = STRANGERS.length): string {
  return `lists:\n  large: [${[...own, ...STRANGERS.slice(0, count)].join(', ')}]\n---\n${RULES}`
}

before(async () => {
  if (skip !== false) return
  lab = new FirewallLab('backend: nftables', policy(OWN[0]))
  await lab.start()
})

after(() => lab?.remove())

function setNames(): string {
  return (
    lab
      .run('nft', '-t', 'list', 'sets')
      .match(/list-large-\S+/g)
      ?.join(' ') ?? ''
  )
}

async function load(text: string): Promise<void> {
  lab.writePolicy(text)
  await lab.api('POST', '/api/v1/policy/reload')
}

test('an address that stays in a large list is in it at every moment', { skip }, async (t) => {
  const sets = setNames()
  assert.match(sets, /-ipv4-24/)
  const sending = lab.keepSending(99)
  for (let change = 1; change <= CHANGES; change++) await load(policy(OWN[change % OWN.length]))
  // With sets of its own, while the ones before are asked.
  await load(policy(OWN[1], 5000))
  assert.equal(setNames(), sets)
  await load(policy(OWN[2], 100))
  assert.notEqual(setNames(), sets)
  await load(policy(OWN[0]))
  const sent = await sending.stop()
  t.diagnostic(`${sent} packets`)
  assert.equal(await lab.packets('listed', sent), sent)
  assert.equal(await lab.packets('unlisted', 0), 0)
})
