import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { skipWithout, skipWithoutRoot } from '../debian-tools.ts'
import { FirewallLab, SERVER } from './testing/firewall-lab.ts'
import { udpFlood } from './testing/flood-frames.ts'

const skip = skipWithoutRoot() || skipWithout('ip')

const RULES = `phase: packet_ddos
rules:
  - { id: friend, when: udp.dstport == 97, action: allow }
---
phase: packet_firewall
rules:
  - { id: note, when: 'udp.dstport in {98 99}', action: log }
  - { id: few, when: udp.dstport == 98, action: drop, description: too few to be lost }
  - { id: flood, when: udp.dstport == 99, action: drop }
`

interface EventAnswer {
  readonly ray: string
  readonly kind: string
  readonly weight: number
  readonly decision: {
    readonly verdict: string
    readonly phase?: string
    readonly ruleId?: string
    readonly why: string
    readonly matches: readonly { readonly ruleId: string }[]
  }
  readonly facts: Readonly<Record<string, unknown>>
}

let lab: FirewallLab

before(async () => {
  if (skip !== false) return
  lab = new FirewallLab('onExit: open', RULES)
  await lab.start()
})

after(() => lab?.remove())

async function events(filter: string): Promise<readonly EventAnswer[]> {
  const query = new URLSearchParams({ filter, kind: 'packet', limit: '10000' })
  const { events: found } = (await lab.api('GET', `/api/v1/events?${query.toString()}`)) as {
    events: readonly EventAnswer[]
  }
  return found
}

function packetsOf(found: readonly EventAnswer[]): number {
  return found.reduce((sum, { weight }) => sum + weight, 0)
}

test('few packets are an event each, also beside a flood of others', { skip }, async () => {
  const flood = lab.flood(99, 20_000)
  await lab.flood(98, 10)
  await flood
  await lab.until('all are told', async () => packetsOf(await events('decision.rule_id == "few"')) >= 10)
  const few = await events('decision.rule_id == "few"')
  assert.deepEqual([few.length, packetsOf(few)], [10, 10])
  const [{ facts, decision, kind }] = few
  assert.equal(kind, 'packet')
  assert.deepEqual([decision.verdict, decision.phase], ['block', 'packet_firewall'])
  assert.equal(decision.why, 'rule "few" matched: too few to be lost')
  const { 'udp.srcport': port, 'frame.len': length, 'ip.ttl': ttl, ...rest } = facts
  assert.ok(Number(port) > 1024 && Number(length) === 43 && Number(ttl) === 64)
  const { 'packet.interface': device, 'packet.direction': direction, 'l4.payload': payload, 'ip.src': source } = rest
  assert.deepEqual([device, direction, payload, source], ['fw0', 'in', 'x', '10.77.0.2'])
})

test('weights stand for all packets', { skip }, async () => {
  assert.equal(await lab.packets('flood', 20_000), 20_000)
  await lab.until('all are told', async () => packetsOf(await events('decision.rule_id == "flood"')) >= 19_000)
  const flood = await events('udp.dstport == 99 and decision.rule_id == "flood"')
  const packets = packetsOf(flood)
  assert.ok(packets > 19_000 && packets < 21_000, `${packets}`)
  assert.ok(flood.length < 1000, `${flood.length} events`)
})

test('of a large flood as well, though few of its packets are looked at', { skip }, async (t) => {
  const sums = async (): Promise<readonly [told: number, counted: number]> => {
    const counted = (await lab.firewall()).counters.find(({ ruleId }) => ruleId === 'flood')?.packets ?? 0
    return [packetsOf(await events('decision.rule_id == "flood"')), counted]
  }
  const [toldBefore, countedBefore] = await sums()
  const sender = udpFlood(lab.cable, SERVER.ipv4, 99)
  await sender.send(100_000, 3000)
  sender.close()
  // Everything is counted, told and stored.
  await sleep(4000)
  const [toldAfter, countedAfter] = await sums()
  const [told, counted] = [toldAfter - toldBefore, countedAfter - countedBefore]
  t.diagnostic(`${counted} packets, told as ${told}`)
  assert.ok(counted > 50_000, `${counted} packets`)
  assert.ok(Math.abs(told - counted) < 0.01 * counted, `${counted} packets, told as ${told}`)
})

test('a rule that only logs tells what it matched, and another one decides', { skip }, async () => {
  const noted = await events('any(decision.rule_ids[*] == "note")')
  assert.ok(noted.length > 0)
  for (const { decision } of noted) assert.deepEqual([decision.verdict, decision.ruleId], ['allow', undefined])
})

test('packets that pass are told at a low rate', { skip }, async () => {
  await lab.flood(97, 2000)
  await lab.until('they are told', async () => packetsOf(await events('decision.rule_id == "friend"')) >= 1800)
  const friends = await events('decision.rule_id == "friend"')
  assert.ok(friends.length <= 60, `${friends.length} events`)
  assert.ok(packetsOf(friends) < 2200)
  assert.equal(friends[0].decision.verdict, 'allow')
})

test('an event is shown and explained by its ray', { skip }, async () => {
  const [{ ray }] = await events('decision.rule_id == "few"')
  const route = `/api/v1/events/${ray}`
  assert.equal(((await lab.api('GET', route)) as EventAnswer).ray, ray)
  const { explanation } = (await lab.api('GET', `${route}/explain`)) as {
    explanation: {
      decision: EventAnswer['decision']
      complete: boolean
      rules: readonly { ruleId: string; state: string }[]
    }
  }
  assert.deepEqual(
    explanation.rules.map(({ ruleId, state }) => [ruleId, state]),
    [
      ['friend', 'not-matched'],
      ['note', 'matched'],
      ['few', 'matched'],
      ['flood', 'not-reached'],
    ],
  )
  assert.deepEqual([explanation.decision.verdict, explanation.decision.ruleId], ['block', 'few'])
  assert.ok(explanation.complete)
})

test('the command line lists events of packets among the others', { skip }, async () => {
  const listed = lab.command('event', 'list', `udp.dstport == 98 and ip.dst == ${SERVER.ipv4}`, '--kind', 'packet')
  assert.match(listed, /udp :\d+ > 10\.77\.0\.1:98, 43 bytes on fw0/)
  assert.match(lab.command('event', 'top', 'udp.dstport', '--json'), /"value": 99/)
})
