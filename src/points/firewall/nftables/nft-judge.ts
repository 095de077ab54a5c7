import { writeFileSync } from 'node:fs'
import type { Action } from '#act'
import type { FirewallConfig } from '#config'
import type { Policy } from '#decide'
import { applyNft, bringUp, enterOwnNetwork, NetlinkSocket, PacketLog, routeAllHere, TapDevice } from '#net'
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
const FRAME_LEAST_BYTES = 14
const FRAME_MOST_BYTES = 65_535
const LOG_OPTIONS = { copiedBytes: 1, threshold: 1, timeoutCentiseconds: 1 } as const
const MESSAGES_MOST = 4096

/**
 * Packets of a capture were for others: they are taken as if for us, so that connections are tracked as far as they would
 * be. What our own network stack answers is thrown away before it is seen.
 */
const SURROUNDINGS = `table netdev surroundings {
  chain ingress { type filter hook ingress device "${DEVICE}" priority -510; meta pkttype set host; }
}
table inet surroundings {
  chain output { type filter hook output priority -400; policy drop; }
}
`

/** Settings of the kernel for this network: captured frames often carry checksums that the card had yet to compute. */
const SETTINGS = [
  ['ipv4/conf/all/rp_filter', '0'],
  [`ipv4/conf/${DEVICE}/rp_filter`, '0'],
  ['ipv4/conf/all/accept_local', '1'],
  ['netfilter/nf_conntrack_checksum', '0'],
] as const

/**
 * Asks nftables itself which rule decides about frames. They come in by an interface in a network that the process enters
 * for it and does not leave again.
 */
export class NftJudge {
  readonly #rules: readonly PacketRule[]
  readonly #device: TapDevice
  readonly #log: PacketLog

  /** @throws TidegateError ERR_NFTABLES_FAILED, or ERR_RULE_INVALID for a rule that nftables cannot ask */
  constructor(policy: Policy<Action>, management: readonly IpRange[], nowMs: number) {
    const firewall: FirewallConfig = {
      interfaces: [{ name: DEVICE, protect: [] }],
      backend: 'nftables',
      onExit: 'keep',
      management,
    }
    const plan = planPolicy(policy, firewall, { nowMs, generation: 1, running: [] })
    const { text } = policyScript(plan, { lines: () => new TraceLines(), before: new Map() })
    this.#rules = plan.rules
    enterOwnNetwork()
    this.#device = new TapDevice(DEVICE)
    bringUp('lo')
    routeAllHere()
    applyNft(SURROUNDINGS)
    const socket = new NetlinkSocket('netfilter')
    const sets = listScript(plan.lists)
    if (sets !== '') applyNft(sets)
    for (const list of plan.lists) fillList(list, socket)
    socket.close()
    applyNft(text)
    for (const [path, value] of SETTINGS) set(path, value)
    this.#log = new PacketLog(TRACE_GROUP, LOG_OPTIONS)
  }

  /** What becomes of an Ethernet frame; a text says why nftables cannot be asked. */
  judge(frame: Buffer): PacketDecision | string {
    if (frame.length < FRAME_LEAST_BYTES) return 'the frame is shorter than an Ethernet header'
    if (frame.length > FRAME_MOST_BYTES) return `the frame has more than ${FRAME_MOST_BYTES} bytes`
    this.#device.receive(frame)
    let limit: PacketDecision | undefined
    let decision: PacketDecision | undefined
    let isEarly = false
    this.#log.drain(({ prefix }) => {
      const rule = this.#rules[Number(prefix.slice(1)) - 1]
      if (prefix === TRACE.management) decision ??= FROM_MANAGEMENT
      else if (prefix === TRACE.rest) decision ??= UNDECIDED
      else if (prefix === TRACE.early) isEarly = true
      else if (rule === undefined) return
      else if (prefix.startsWith(TRACE.limits)) limit ??= limitDecision(rule)
      else decision ??= terminalDecision(rule)
    }, MESSAGES_MOST)
    // Connections are those of IP: nobody asks other frames again.
    if (isEarly && !isIp(frame)) decision ??= UNDECIDED
    if (decision === undefined) return 'the kernel threw the frame away before nftables could be asked'
    return decision === UNDECIDED ? (limit ?? UNDECIDED) : decision
  }

  close(): void {
    this.#log.close()
    this.#device.close()
  }
}

const IP_TYPES: ReadonlySet<number> = new Set([0x0800, 0x86dd, 0x8100, 0x88a8])

function isIp(frame: Buffer): boolean {
  return IP_TYPES.has(frame.readUInt16BE(FRAME_LEAST_BYTES - 2))
}

function set(path: string, value: string): void {
  writeFileSync(`/proc/sys/net/${path}`, value)
}
