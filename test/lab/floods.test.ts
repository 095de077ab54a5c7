import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { skipWithout, skipWithoutRoot } from '../debian-tools.ts'
import { type Client, client, whileClientsAsk } from './testing/clients.ts'
import { FirewallLab, SERVER } from './testing/firewall-lab.ts'
import { amplification, synFlood, udpFlood } from './testing/flood-frames.ts'
import type { FloodSender } from './testing/flood-sender.ts'

const skip = skipWithoutRoot() || skipWithout('ip', 'unbound', 'curl', 'dig', 'ping')

const RULES = `phase: packet_firewall
rules:
  - { id: telnet, when: tcp.dstport == 23, action: drop }
`

/** An address of the server's network at which floods are only told of. */
const WATCHED = '10.77.0.9'

const CONFIGURATION = `floods: { mode: mitigate, learn: 10s }`
const PROTECTED = `[10.77.0.0/24, { prefix: ${WATCHED}, mode: log }, fd77::/64]`

interface Mitigation {
  readonly id: string
  readonly active: boolean
  readonly when: string
  readonly step: string
  readonly destination: string
  readonly class: string
  readonly rearmed: number
  readonly capture?: string
  readonly endedBy?: string
  readonly evidence: { readonly coverage: number }
}

let lab: FirewallLab
let clients: readonly Client[]

before(async () => {
  if (skip !== false) return
  lab = new FirewallLab(CONFIGURATION, RULES, `protect: ${PROTECTED}`)
  writeFileSync(path.join(lab.home, 'unbound.conf'), resolverConfiguration())
  lab.startThere('unbound', '-d', '-c', path.join(lab.home, 'unbound.conf'))
  await lab.start()
  clients = [
    client('curl', ['-sS', '--max-time', '10', `http://${SERVER.ipv4}:9090/api/v1/health`], /"status":"ok"/),
    client('dig', [`@${SERVER.ipv4}`, 'good.lab.test', '+tries=1', '+time=8', '+short'], /^192\.0\.2\.77\n$/),
    ...[SERVER.ipv4, SERVER.ipv6].map((host) =>
      client('ping', ['-c', '5', '-i', '0.2', '-W', '5', host], /5 received, 0% packet loss/),
    ),
  ]
  // Something is usual before the first flood comes.
  const { failures } = await whileClientsAsk(clients, () => sleep(12_000))
  assert.deepEqual(failures, [])
})

after(() => lab?.remove())

function resolverConfiguration(): string {
  return `server:
  interface: ${SERVER.ipv4}
  access-control: 0.0.0.0/0 allow
  use-syslog: no
  logfile: ""
  chroot: ""
  username: ""
  directory: "${lab.home}"
  pidfile: ""
  do-daemonize: no
  local-zone: "lab.test." static
  local-data: "good.lab.test. A 192.0.2.77"
remote-control:
  control-enable: no
`
}

async function mitigations(): Promise<readonly Mitigation[]> {
  const answer = await lab.api('GET', '/api/v1/firewall/mitigations')
  return (answer as { readonly mitigations: readonly Mitigation[] }).mitigations
}

type Counters = Awaited<ReturnType<FirewallLab['firewall']>>['counters']

/** Packets that came in between two looks at the counters, and those of them that rules against floods threw away. */
function packetsBetween(
  before: Counters,
  after: Counters,
): { readonly all: number; readonly dropped: number; readonly undecided: number } {
  const counts = after.map(({ phase, ruleId, packets }) => {
    const earlier = before.find((counter) => counter.ruleId === ruleId)?.packets ?? 0
    return { phase, ruleId, packets: packets - earlier }
  })
  const sum = (some: typeof counts): number => some.reduce((total, { packets }) => total + packets, 0)
  return {
    all: sum(counts),
    dropped: sum(counts.filter(({ phase }) => phase === 'packet_ddos')),
    undecided: sum(counts.filter(({ ruleId }) => ruleId === undefined)),
  }
}

/** Sends floods while good clients go on; returns what came in meanwhile. */
async function endure(
  senders: readonly FloodSender[],
  packetsPerSecond: number,
  durationMs: number,
  asking: readonly Client[] = clients,
  meanwhile: () => Promise<void> = () => Promise.resolve(),
): Promise<{ readonly all: number; readonly dropped: number }> {
  const { counters: before } = await lab.firewall()
  const { asked, failures } = await whileClientsAsk(asking, async () => {
    const sending = senders.map((sender) => sender.send(packetsPerSecond / senders.length, durationMs))
    await meanwhile()
    await Promise.all(sending)
    // The counters are told once a second.
    await sleep(1500)
  })
  const { counters: after } = await lab.firewall()
  assert.deepEqual(failures, [])
  assert.ok(asked > 10, `${asked} questions`)
  return packetsBetween(before, after)
}

test('a SYN flood is stopped, and nobody else', { skip }, async (t) => {
  const sender = synFlood(lab.cable, SERVER.ipv4, 9090, 65_535)
  const { all, dropped } = await endure([sender], 20_000, 4000)
  sender.close()
  const rules = (await mitigations()).filter((each) => each.class === 'syn')
  t.diagnostic(`${dropped} of ${all} dropped; ${rules.map(({ when }) => when).join(' | ')}`)
  assert.ok(dropped > 0.5 * all, `${dropped} of ${all}`)
  assert.ok(rules.every(({ capture }) => capture !== undefined && existsSync(capture)))
})

test('large answers that nobody asked for are stopped with their fragments', { skip }, async (t) => {
  const senders = amplification(lab.cable, SERVER.ipv4)
  const { all, dropped } = await endure(senders, 16_000, 4000)
  for (const sender of senders) sender.close()
  const rules = (await mitigations()).filter((each) => ['udp', 'fragment'].includes(each.class))
  t.diagnostic(`${dropped} of ${all} dropped; ${rules.map(({ when }) => when).join(' | ')}`)
  assert.ok(dropped > 0.5 * all, `${dropped} of ${all}`)
})

test('a flood that comes in pulses is stopped in each', { skip }, async (t) => {
  const sender = udpFlood(lab.cable, SERVER.ipv4, 27_015)
  const { all, dropped } = await endure([sender], 15_000, 1500, clients, async () => {
    for (let pulse = 0; pulse < 2; pulse++) {
      await sleep(2500)
      await sender.send(15_000, 1000)
    }
  })
  sender.close()
  t.diagnostic(`${dropped} of ${all} dropped`)
  assert.ok(dropped > 0.5 * all, `${dropped} of ${all}`)
})

test('events name the rule against the flood, and explain it', { skip }, async () => {
  const filter = 'decision.phase == "packet_ddos" and udp.dstport == 27015'
  const query = new URLSearchParams({ filter, limit: '1' })
  const { events } = (await lab.api('GET', `/api/v1/events?${query.toString()}`)) as { events: { ray: string }[] }
  const { explanation } = (await lab.api('GET', `/api/v1/events/${events[0].ray}/explain`)) as {
    explanation: { decision: { ruleId: string; verdict: string } }
  }
  const rule = (await mitigations()).find(({ id }) => id === explanation.decision.ruleId)
  assert.match(rule?.when ?? '', /27015/)
  assert.equal(explanation.decision.verdict, 'block')
  const { events: told } = (await lab.api('GET', '/api/v1/system-events')) as { events: { code: string }[] }
  const codes = new Set(told.map(({ code }) => code))
  assert.ok(codes.has('flood-began') && codes.has('flood-rule-added'))
})

test('the process that filters dies in a flood: it comes back and stops it again', { skip }, async (t) => {
  const sender = synFlood(lab.cable, SERVER.ipv4, 9090, 8192)
  const { deaths } = await lab.firewall()
  // When the last program is gone, the cable loses what is in it: one question may have to be asked again.
  const patient = clients.map(
    (each): Client =>
      async () =>
        (await each()) === undefined ? undefined : each(),
  )
  const { all, dropped } = await endure([sender], 15_000, 7000, patient, async () => {
    await sleep(2000)
    lab.killFirewall()
    await lab.until('it runs again', async () => (await lab.firewall()).deaths === deaths + 1 && lab.isFiltered)
  })
  sender.close()
  t.diagnostic(`${dropped} of ${all} dropped`)
  assert.ok(dropped > 0.4 * all, `${dropped} of ${all}`)
})

test('100 changes of the rules in a flood leave the rules against it in force', { skip }, async (t) => {
  const sender = udpFlood(lab.cable, SERVER.ipv4, 27_016)
  const { all, dropped } = await endure([sender], 10_000, 9000, clients, async () => {
    await sleep(1500)
    for (let change = 0; change < 100; change++) {
      lab.writePolicy(`${RULES}  - { id: other, when: udp.dstport == ${1000 + change}, action: drop }\n`)
      await lab.api('POST', '/api/v1/policy/reload')
    }
  })
  sender.close()
  t.diagnostic(`${dropped} of ${all} dropped`)
  assert.ok(dropped > 0.5 * all, `${dropped} of ${all}`)
})

test('where floods are only logged, nothing is dropped', { skip }, async () => {
  const sender = udpFlood(lab.cable, WATCHED, 27_018)
  const { counters: before } = await lab.firewall()
  await sender.send(10_000, 2500)
  sender.close()
  await sleep(1500)
  const [rule] = (await mitigations()).filter(({ destination }) => destination.includes(WATCHED))
  assert.equal(rule.step, 'log')
  const { counters: after } = await lab.firewall()
  const seen = after.find(({ ruleId }) => ruleId === rule.id)?.packets ?? 0
  const passed = packetsBetween(before, after).undecided
  assert.ok(seen > 1000 && passed >= seen, `${seen} noted, ${passed} passed`)
})

test('a veto holds until it is taken back', { skip }, async () => {
  const sender = udpFlood(lab.cable, SERVER.ipv4, 27_017)
  const active = async (): Promise<readonly Mitigation[]> =>
    (await mitigations()).filter(({ when, active: isActive }) => isActive && when.includes('27017'))
  const flood = sender.send(10_000, 12_000)
  await lab.until('there is a rule', async () => (await active()).length > 0)
  const [{ id }] = await active()
  assert.match(lab.command('firewall', 'veto', id), /out of force/)
  await sleep(2500)
  assert.deepEqual(await active(), [])
  assert.equal((await mitigations()).find((each) => each.id === id)?.endedBy, 'vetoed')
  assert.match(lab.command('firewall', 'veto', id, '--undo'), /may come back/)
  await lab.until('there is a rule again', async () => (await active()).length > 0)
  await flood
  sender.close()
})

test('a rule against a flood becomes one of the policy', { skip }, async () => {
  const [{ id, when }] = (await mitigations()).filter((each) => each.active && each.when.includes('27017'))
  assert.match(lab.command('firewall', 'promote', id), /floods\.yaml; policy/)
  const written = readFileSync(path.join(lab.home, 'policy/floods.yaml'), 'utf8')
  assert.match(written, /phase: packet_ddos/)
  assert.ok(written.includes(id) && written.includes('27017'), written)
  const { rulesets } = (await lab.api('GET', '/api/v1/policy')) as {
    rulesets: { rules: { id: string; when: string }[] }[]
  }
  assert.ok(rulesets.some(({ rules }) => rules.some((rule) => rule.id === id && rule.when === when)))
  const record = (await mitigations()).find((each) => each.id === id)
  assert.equal(record?.endedBy, 'promoted')
  assert.match(lab.command('firewall', 'mitigation', 'show', id), /collateral/)
  assert.match(lab.command('firewall', 'mitigations'), new RegExp(`${id} .* promoted`))
})

test('Tidegate is restarted in a flood: what it knew is there, and the flood is stopped again', { skip }, async () => {
  const sender = udpFlood(lab.cable, SERVER.ipv4, 27_019)
  const active = async (): Promise<readonly Mitigation[]> =>
    (await mitigations()).filter(({ when, active: isActive }) => isActive && when.includes('27019'))
  const first = sender.send(10_000, 4000)
  await lab.until('there is a rule', async () => (await active()).length > 0)
  await first
  const before = await active()
  await lab.stop()
  assert.equal(lab.isFiltered, false)
  await lab.start()
  assert.ok(existsSync(path.join(lab.home, 'data/floods/memory.json')))
  assert.ok((await mitigations()).some(({ id, active: isActive }) => id === before[0].id && !isActive))
  const flood = sender.send(10_000, 4000)
  await lab.until('there is a rule again', async () => (await active()).length > 0)
  await flood
  sender.close()
})
