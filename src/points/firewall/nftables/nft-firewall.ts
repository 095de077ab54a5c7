import type { Action } from '#act'
import type { FirewallConfig } from '#config'
import type { ListData, Policy } from '#decide'
import {
  applyNft,
  deleteTable,
  listInterfaces,
  NetlinkSocket,
  type NetworkInterface,
  type NftCounter,
  type NftFamily,
  readCounters,
  type TableContents,
  tableContents,
} from '#net'
import type { PacketRule } from '../packet-decision.ts'
import { hooksOf } from '../hooks.ts'
import { packetRules } from '../packet-rules.ts'
import { networkInterface } from '../process/interfaces.ts'
import type { FirewallState, PacketSample, RuleCounter } from '../process/messages.ts'
import type { PacketFilter } from '../process/packet-filter.ts'
import { type CountedPackets, counterOf } from '../process/rule-counter.ts'
import { SynCookieSetting } from '../program/syn-setting.ts'
import { NFT_FAMILIES, TABLE } from './layout.ts'
import { doubleTagNotes } from './double-tags.ts'
import { Lease } from './lease.ts'
import {
  type AddressListData,
  type ChangedList,
  changedList,
  changeLists,
  fillList,
  type PlannedList,
} from './list-sets.ts'
import { policyMemoryBytes } from './memory.ts'
import { LooseTracking } from './loose-tracking.ts'
import { fingerprintOf, listScript, planPolicy, type PolicyPlan, policyScript } from './policy-plan.ts'
import {
  EGRESS_PREFIX,
  FilterLines,
  MANAGEMENT_COUNTER,
  overCounter,
  ruleCounter,
  UNDECIDED_COUNTER,
} from './rule-lines.ts'
import { SampleLog } from './sample-log.ts'
import { givesCookies } from './stack-cookies.ts'
import { isProxied, type Stage } from './stages.ts'
import { familyOf } from './table-script.ts'

/** What runs in the kernel. */
interface Running {
  readonly plan: PolicyPlan
  /** How many rules nftables has. */
  readonly nftRules: number
}

/** But where packets leave, nftables counts from the network header on. */
const ETHERNET_BYTES = 14
const NOTHING: NftCounter = { packets: 0, bytes: 0 }

/** The packet filter by nftables, as one process runs it. */
export class NftFirewall implements PacketFilter {
  readonly #socket = new NetlinkSocket('netfilter')
  readonly #samples = SampleLog.open()
  readonly #lease: Lease
  readonly #looseTracking = new LooseTracking()
  readonly #cookies = new SynCookieSetting()
  #running: Running | undefined
  /** What counters had counted before this process. */
  #offsets: ReadonlyMap<string, NftCounter> = new Map()
  /** Another process may have left the chains of its last policy. */
  #generation = Math.floor(Math.random() * 1e6) * 1000
  readonly #leaveOpen = (): void => this.release()

  /**
   * `onFault` hears that somebody took the rules away.
   *
   * @throws TidegateError ERR_NFTABLES_FAILED
   */
  constructor(onFault: (message: string) => void) {
    this.#lease = new Lease(this.#socket, () => {
      this.#running = undefined
      onFault(`the table ${TABLE} of nftables was taken away: packets pass until a policy is loaded`)
    })
  }

  get rules(): readonly PacketRule[] {
    return this.#running?.plan.rules ?? []
  }

  apply(policy: Policy<Action>, firewall: FirewallConfig, nowMs: number): FirewallState {
    const interfaces = firewall.interfaces.map(({ name }) => networkInterface(name))
    const fingerprint = fingerprintOf(packetRules(policy, nowMs), firewall)
    const running = this.#running
    const isSame = running !== undefined && fingerprint === fingerprintOf(running.plan.rules, running.plan.firewall)
    const changed = isSame ? this.#changeLists(running, policy) : undefined
    if (changed !== undefined) {
      this.#running = changed
      return this.#stateOf(changed)
    }
    this.#lease.extend()
    try {
      const next = this.#replace(policy, firewall, nowMs)
      this.#running = next
      this.#follow(next.plan, interfaces)
      return this.#stateOf(next)
    } finally {
      this.#lease.resume()
    }
  }

  counters(): readonly RuleCounter[] {
    const counted = this.#count()
    const sums = (name: string, over = 0): CountedPackets => ({ ...(counted.get(name) ?? NOTHING), over })
    const management = this.#running?.plan.firewall.management ?? []
    return [
      counterOf('undecided', sums(UNDECIDED_COUNTER)),
      ...this.rules.map((each) => {
        const { id } = each.rule
        return counterOf(each, sums(ruleCounter(id), counted.get(overCounter(id))?.packets))
      }),
      ...(management.length === 0 ? [] : [counterOf('management', sums(MANAGEMENT_COUNTER))]),
    ]
  }

  drainSamples(visit: (sample: PacketSample) => void): number {
    return typeof this.#samples === 'string' ? 0 : this.#samples.drain(visit, () => this.#count())
  }

  /** Rules log so many packets each second; what a sample stands for is counted. */
  sample(): void {}

  release(): void {
    process.removeListener('exit', this.#leaveOpen)
    this.#lease.end()
    this.#running = undefined
    this.#restoreSettings([])
    for (const family of NFT_FAMILIES) deleteTable(this.#socket, family, TABLE)
  }

  /** Changes the lists of the policy that runs in the sets that they have; undefined when they are to have others. */
  #changeLists({ plan, nftRules }: Running, policy: Policy<Action>): Running | undefined {
    const changes: ChangedList[] = []
    for (const running of plan.lists) {
      const data = policy.lists.find(
        (each): each is AddressListData => isAddressList(each) && each.name === running.list,
      )
      const changed = data === undefined ? undefined : changedList(running, data.ranges)
      if (changed === undefined) return undefined
      changes.push(changed)
    }
    if (!changeLists(this.#socket, changes)) return undefined
    return { plan: { ...plan, policy, lists: changes.map(({ list }) => list) }, nftRules }
  }

  #replace(policy: Policy<Action>, firewall: FirewallConfig, nowMs: number): Running {
    const generation = ++this.#generation
    const running = this.#running?.plan.lists ?? []
    const plan = planPolicy(policy, firewall, { nowMs, generation, running })
    const found = this.#contents()
    if (this.#running === undefined) this.#offsets = this.#read()
    const made = plan.lists.filter((list) => !running.includes(list))
    try {
      const script = listScript(made)
      if (script !== '') applyNft(script)
      for (const list of made) fillList(list, this.#socket)
      const isRead = typeof this.#samples !== 'string'
      const lines = (prefix: string, { hook }: Stage): FilterLines =>
        new FilterLines(prefix, hook, SampleLog.lines(isRead, generation, hook))
      const { text, rules } = policyScript(plan, { lines, before: this.#contents() })
      if (plan.rules.some(({ rule }) => isProxied(rule))) this.#looseTracking.forbid()
      if (plan.rules.some(({ rule }) => givesCookies(rule))) this.#cookies.turnOn()
      applyNft(text)
      this.#restoreSettings(plan.rules)
      return { plan, nftRules: rules }
    } catch (error) {
      this.#discard(made, found)
      this.#restoreSettings(this.rules)
      throw error
    }
  }

  /** Puts back what these rules do not need. */
  #restoreSettings(rules: readonly PacketRule[]): void {
    if (!rules.some(({ rule }) => isProxied(rule))) this.#looseTracking.restore()
    if (!rules.some(({ rule }) => givesCookies(rule))) this.#cookies.restore()
  }

  /** Takes away the sets that were made for a policy that does not come to run. */
  #discard(made: readonly PlannedList[], before: ReadonlyMap<NftFamily, TableContents>): void {
    for (const [family] of this.#contents()) {
      if (!before.has(family)) deleteTable(this.#socket, family, TABLE)
    }
    for (const [family, { sets }] of this.#contents()) {
      const left = made.filter((list) => list.family === family).flatMap((list) => list.sets)
      const script = left
        .filter(({ name }) => sets.has(name))
        .map(({ name }) => `delete set ${family} ${TABLE} ${name}`)
      if (script.length > 0) applyNft(script.join('\n'))
    }
  }

  #follow({ rules, stages, firewall, generation }: PolicyPlan, interfaces: readonly NetworkInterface[]): void {
    const indexes = interfaces.map(({ index }) => index)
    process.removeListener('exit', this.#leaveOpen)
    if (firewall.onExit === 'open') {
      this.#lease.hold([...new Set(stages.map(familyOf))], indexes)
      process.on('exit', this.#leaveOpen)
    } else {
      this.#lease.end()
    }
    const counters = new Set([
      UNDECIDED_COUNTER,
      MANAGEMENT_COUNTER,
      ...rules.flatMap(({ rule: { id } }) => [ruleCounter(id), overCounter(id)]),
    ])
    this.#offsets = new Map([...this.#offsets].filter(([name]) => counters.has(name)))
    if (typeof this.#samples === 'string') return
    this.#samples.follow(generation, rules, new Map(interfaces.map((each) => [each.index, each])))
  }

  #contents(): ReadonlyMap<NftFamily, TableContents> {
    return new Map(
      NFT_FAMILIES.flatMap((family): [NftFamily, TableContents][] => {
        const contents = tableContents(this.#socket, family, TABLE)
        return contents === undefined ? [] : [[family, contents]]
      }),
    )
  }

  /** What the counters of both tables say by their names, in both directions together; bytes are those of frames. */
  #read(): Map<string, NftCounter> {
    const counted = new Map<string, NftCounter>()
    for (const family of NFT_FAMILIES) {
      for (const [own, { packets, bytes }] of readCounters(this.#socket, family, TABLE)) {
        const isEgress = own.startsWith(EGRESS_PREFIX)
        const name = isEgress ? own.slice(EGRESS_PREFIX.length) : own
        const before = counted.get(name) ?? NOTHING
        counted.set(name, {
          packets: before.packets + packets,
          bytes: before.bytes + bytes + (isEgress ? 0 : packets * ETHERNET_BYTES),
        })
      }
    }
    return counted
  }

  #count(): ReadonlyMap<string, NftCounter> {
    const counters = this.#read()
    for (const [name, { packets, bytes }] of this.#offsets) {
      const now = counters.get(name)
      if (now !== undefined) counters.set(name, { packets: now.packets - packets, bytes: now.bytes - bytes })
    }
    return counters
  }

  #stateOf({ plan, nftRules }: Running): FirewallState {
    const { policy, firewall, rules, lists } = plan
    return {
      policyVersion: policy.version,
      backend: 'nftables',
      interfaces: hooksOf(firewall).map(({ interfaceName: name, direction }) => ({
        name,
        direction,
        mode: 'nftables',
      })),
      rules: rules.length,
      memoryBytes: policyMemoryBytes(rules, lists, nftRules),
      instructions: nftRules,
      notes: [
        ...(typeof this.#samples === 'string' ? [`packets are counted, but not sampled: ${this.#samples}`] : []),
        ...doubleTagNotes(firewall.interfaces, listInterfaces()),
      ],
    }
  }
}

function isAddressList(data: ListData): data is AddressListData {
  return data.type === 'IP'
}
