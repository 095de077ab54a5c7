import { writeFileSync } from 'node:fs'
import type { Action } from '#act'
import type { FirewallConfig } from '#config'
import type { Policy } from '#decide'
import {
  applyNft,
  bringUp,
  enterOwnNetwork,
  NetlinkSocket,
  PacketLog,
  renameInterface,
  routeAllHere,
  TapDevice,
} from '#net'
import type { PacketDirection, PacketHook } from '#rules'
import type { IpRange } from '#wire'
import {
  FROM_MANAGEMENT,
  limitDecision,
  type PacketDecision,
  type PacketRule,
  terminalDecision,
  UNDECIDED,
} from '../packet-decision.ts'
import { fillList } from './list-sets.ts'
import { listScript, planPolicy, policyScript } from './policy-plan.ts'
import { TRACE, TRACE_GROUP, TraceLines } from './trace-lines.ts'

const DEVICE = 'trace0'
const LOOPBACK = 'lo'
/** What the loopback device of our own network is called while another interface stands for that of the machine. */
const OWN_LOOPBACK = 'trace-loopback'
const FRAME_LEAST_BYTES = 14
const FRAME_MOST_BYTES = 65_535
const LOG_OPTIONS = { copiedBytes: 1, threshold: 1, timeoutCentiseconds: 1 } as const
const MESSAGES_MOST = 4096
const TAGGED = 'programs send no VLAN tags: they are put beside the packet, where only the kernel writes'
const BEHIND_TAGS = 'nftables sees no IP behind two VLAN tags'
const UNTRACKED = 'whether rules about connections decide about what goes out, only a connection shows'

/**
 * Packets of a capture were for others: they are taken as if for us, so that connections are tracked as far as they would
 * be. What our own network stack answers is thrown away before it is seen.
 */
const surroundings = (names: readonly string[]): string => `table netdev surroundings {
${names.map((name) => `  chain ingress-${name} { type filter hook ingress device "${name}" priority -510; meta pkttype set host; }`).join('\n')}
}
table inet surroundings {
  chain output { type filter hook output priority -400; policy drop; }
}
`

/** Settings of the kernel for this network: captured frames often carry checksums that the card had yet to compute. */
const settings = (names: readonly string[]): readonly (readonly [path: string, value: string])[] => [
  ['ipv4/conf/all/rp_filter', '0'],
  ...names.map((name) => [`ipv4/conf/${name}/rp_filter`, '0'] as const),
  ['ipv4/conf/all/accept_local', '1'],
  ['netfilter/nf_conntrack_checksum', '0'],
]

/**
 * Asks nftables itself which rule decides about frames. They come in by, or leave by, interfaces in a network that the
 * process enters for it and does not leave again.
 */
export class NftJudge {
  readonly #rules: readonly PacketRule[]
  readonly #devices: ReadonlyMap<string, TapDevice>
  readonly #usual: PacketHook
  readonly #log: PacketLog

  /** @throws TidegateError ERR_NFTABLES_FAILED, or ERR_RULE_INVALID for a rule that nftables cannot ask */
  constructor(
    policy: Policy<Action>,
    management: readonly IpRange[],
    nowMs: number,
    hooks: readonly PacketHook[] = [{ interfaceName: DEVICE, direction: 'in' }],
  ) {
    const names = [...new Set(hooks.map(deviceOf))]
    const directionsOf = (name: string): readonly PacketDirection[] =>
      hooks.filter((hook) => deviceOf(hook) === name).map(({ direction }) => direction)
    const firewall: FirewallConfig = {
      interfaces: names.map((name) => ({ name, directions: directionsOf(name), protect: [] })),
      backend: 'nftables',
      onExit: 'keep',
      management,
    }
    const plan = planPolicy(policy, firewall, { nowMs, generation: 1, running: [] })
    const { text } = policyScript(plan, {
      lines: (_prefix, { direction }) => new TraceLines(direction),
      before: new Map(),
    })
    this.#rules = plan.rules
    enterOwnNetwork()
    this.#usual = hooks[0]
    const loopback = names.includes(LOOPBACK) ? OWN_LOOPBACK : LOOPBACK
    if (loopback !== LOOPBACK) renameInterface(LOOPBACK, loopback)
    bringUp(loopback)
    this.#devices = new Map(names.map((name) => [name, new TapDevice(name)]))
    routeAllHere()
    applyNft(surroundings(names))
    const socket = new NetlinkSocket('netfilter')
    const sets = listScript(plan.lists)
    if (sets !== '') applyNft(sets)
    for (const list of plan.lists) fillList(list, socket)
    socket.close()
    applyNft(text)
    for (const [path, value] of settings(names)) set(path, value)
    this.#log = new PacketLog(TRACE_GROUP, LOG_OPTIONS)
  }

  /** What becomes of an Ethernet frame at one of the hooks; a text says why nftables cannot be asked. */
  judge(frame: Buffer, hook: PacketHook = this.#usual): PacketDecision | string {
    const decision = this.#ask(frame, hook)
    if (typeof decision === 'string' || !isTagged(frame) || !isTagged(frame, TAG_BYTES)) return decision
    return { ...decision, note: BEHIND_TAGS }
  }

  #ask(frame: Buffer, hook: PacketHook): PacketDecision | string {
    if (frame.length < FRAME_LEAST_BYTES) return 'the frame is shorter than an Ethernet header'
    if (frame.length > FRAME_MOST_BYTES) return `the frame has more than ${FRAME_MOST_BYTES} bytes`
    const { direction } = hook
    const device = this.#devices.get(deviceOf(hook))
    if (device === undefined) return `${hook.interfaceName} is not filtered`
    if (direction === 'out' && isTagged(frame)) return TAGGED
    if (direction === 'in') device.receive(frame)
    else device.send(frame)
    let limit: PacketDecision | undefined
    let decision: PacketDecision | undefined
    let isEarly = false
    this.#log.drain(({ prefix }) => {
      const [way, what] = prefix.split(' ')
      // What our own network stack says to what came in.
      if (way !== direction) return
      const rule = this.#rules[Number(what.slice(1)) - 1]
      if (what === TRACE.management) decision ??= FROM_MANAGEMENT
      else if (what === TRACE.rest) decision ??= UNDECIDED
      else if (what === TRACE.early) isEarly = true
      else if (rule === undefined) return
      else if (what.startsWith(TRACE.limits)) limit ??= limitDecision(rule)
      else decision ??= terminalDecision(rule)
    }, MESSAGES_MOST)
    // Connections are those of IP: nobody asks other frames again.
    if (isEarly && !isIp(frame)) decision ??= UNDECIDED
    // A frame that a program writes is not tracked.
    if (isEarly && direction === 'out' && decision === undefined) return UNTRACKED
    if (decision === undefined) return 'the kernel threw the frame away before nftables could be asked'
    return decision === UNDECIDED ? (limit ?? UNDECIDED) : decision
  }

  close(): void {
    this.#log.close()
    for (const device of this.#devices.values()) device.close()
  }
}

const IP_TYPES: ReadonlySet<number> = new Set([0x0800, 0x86dd, 0x8100, 0x88a8])

/** Where nobody says which interface it is, any will do. */
function deviceOf({ interfaceName }: PacketHook): string {
  return interfaceName === '' ? DEVICE : interfaceName
}

const TAG_BYTES = 4
const TAG_TYPES: ReadonlySet<number> = new Set([0x8100, 0x88a8])

/** True when there is a VLAN tag, so many bytes behind the place of the first one. */
function isTagged(frame: Buffer, behindBytes = 0): boolean {
  const at = FRAME_LEAST_BYTES - 2 + behindBytes
  return frame.length >= at + 2 && TAG_TYPES.has(frame.readUInt16BE(at))
}

function isIp(frame: Buffer): boolean {
  return IP_TYPES.has(frame.readUInt16BE(FRAME_LEAST_BYTES - 2))
}

function set(path: string, value: string): void {
  writeFileSync(`/proc/sys/net/${path}`, value)
}
