import { TidegateError } from '#kernel'
import { type LoggedPacket, type NetworkInterface, type NftCounter, PacketLog } from '#net'
import type { PacketRule } from '../packet-decision.ts'
import type { PacketSample, SampledRule } from '../process/messages.ts'
import { hasEthernet } from '../process/interfaces.ts'
import { sampledRule } from '../process/sample-reader.ts'
import { SAMPLE_GROUP, SAMPLE_HEAD_BYTES } from './layout.ts'
import { overCounter, ruleCounter, type SampleLines, UNDECIDED_COUNTER } from './rule-lines.ts'
import type { Stage } from './stages.ts'

/** Samples each second: of one rule, and of the packets that no rule decided about, in which floods are found. */
const RULE_SAMPLES = 'limit rate 200/second burst 64 packets'
const PASSED_SAMPLES = 'limit rate 4000/second burst 400 packets'
/** The kernel hands packets over in groups, at the latest after two hundredths of a second. */
const LOG_OPTIONS = { copiedBytes: SAMPLE_HEAD_BYTES, threshold: 64, timeoutCentiseconds: 2 } as const
const DRAIN_LIMIT = 8192
const ETHERNET_BYTES = 14
const EMPTY = Buffer.alloc(0)
const ETHER_TYPES: Readonly<Record<number, number>> = { 4: 0x0800, 6: 0x86dd }

/** What the samples of one policy are of. */
interface Sampled {
  readonly rules: readonly SampledRule[]
  readonly counters: readonly string[]
}

/** An interface that packets of a policy pass. */
type SampledInterface = Pick<NetworkInterface, 'name' | 'hardwareType'>

interface Waiting {
  readonly counter: string
  readonly sample: PacketSample
}

/**
 * Reads the packets that rules log. Rules log some each second; how many packets a sample stands for is what the counter of
 * its rule counted since the samples before.
 */
export class SampleLog {
  readonly #log: PacketLog
  #generation = 0
  #sampled: Sampled = { rules: [], counters: [] }
  /** Packets that samples stood for so far, by their counters. */
  readonly #told = new Map<string, number>()
  #interfaces: ReadonlyMap<number, SampledInterface> = new Map()

  private constructor(log: PacketLog) {
    this.#log = log
  }

  /** Undefined, with the reason, where the kernel does not hand over packets to programs. */
  static open(): SampleLog | string {
    try {
      return new SampleLog(new PacketLog(SAMPLE_GROUP, LOG_OPTIONS))
    } catch (error) {
      if (error instanceof TidegateError) return error.message
      throw error
    }
  }

  /** The statements that samples of a policy come from; none where nobody can read them. */
  static lines(isRead: boolean, generation: number, hook: Stage['hook']): SampleLines {
    if (!isRead) return () => []
    return (slot, isDropped) => {
      const rate = slot === 0 ? PASSED_SAMPLES : RULE_SAMPLES
      const prefix = `${generation} ${slot} ${isDropped ? 'dropped' : 'passed'} ${hook}`
      const group = `group ${SAMPLE_GROUP} snaplen ${SAMPLE_HEAD_BYTES} queue-threshold ${LOG_OPTIONS.threshold}`
      return [`${rate} log prefix "${prefix}" ${group}`]
    }
  }

  /** The samples from now on are those of these rules, whose place plus one is their slot. */
  follow(generation: number, rules: readonly PacketRule[], interfaces: ReadonlyMap<number, SampledInterface>): void {
    this.#generation = generation
    this.#interfaces = interfaces
    const before = this.#sampled.counters
    this.#sampled = {
      rules: rules.map(sampledRule),
      counters: rules.map(({ rule }) =>
        rule.action.type === 'rate_limit' && rule.mode !== 'log' ? overCounter(rule.id) : ruleCounter(rule.id),
      ),
    }
    const going = new Set(this.#sampled.counters)
    for (const counter of before) if (!going.has(counter)) this.#told.delete(counter)
  }

  /** Gives what came since the last call to `visit`; returns how many samples there were. `count` reads the counters. */
  drain(visit: (sample: PacketSample) => void, count: () => ReadonlyMap<string, NftCounter>): number {
    const waiting: Waiting[] = []
    this.#log.drain((packet) => {
      const sample = this.#sampleOf(packet)
      if (sample !== undefined) waiting.push(sample)
    }, DRAIN_LIMIT)
    if (waiting.length === 0) return 0
    const now = count()
    const seen = new Map<string, number>()
    for (const { counter } of waiting) seen.set(counter, (seen.get(counter) ?? 0) + 1)
    const weights = new Map<string, number>()
    for (const [counter, samples] of seen) {
      const told = this.#told.get(counter) ?? 0
      const weight = Math.max(1, ((now.get(counter)?.packets ?? 0) - told) / samples)
      weights.set(counter, weight)
      // A packet that is still on its way to us was counted already: what is told too much is told less later.
      this.#told.set(counter, told + weight * samples)
    }
    for (const { counter, sample } of waiting) visit({ ...sample, weight: weights.get(counter) ?? 1 })
    return waiting.length
  }

  close(): void {
    this.#log.close()
  }

  /** Undefined for a packet of a policy that does not run any more. */
  #sampleOf({ prefix, interfaceIndex, interfaceOutIndex, linkHeader, payload }: LoggedPacket): Waiting | undefined {
    const [generation, slot, verdict, hook] = prefix.split(' ')
    if (Number(generation) !== this.#generation) return undefined
    const rule = this.#sampled.rules[Number(slot) - 1]
    const isOutgoing = hook === 'egress' || hook === 'postrouting'
    const device = this.#interfaces.get(isOutgoing ? interfaceOutIndex : interfaceIndex)
    // Where packets leave, they are copied with their Ethernet header.
    const isFrame = hook === 'egress' && device !== undefined && hasEthernet(device)
    const before = isFrame ? EMPTY : linkHeader.length > 0 ? linkHeader : etherHeader(payload)
    const network = isFrame ? payload.subarray(ETHERNET_BYTES) : payload
    const head = Buffer.concat([before, payload])
    const sample: PacketSample = {
      ...(rule !== undefined && { rule }),
      timeMs: Date.now(),
      isDropped: verdict === 'dropped',
      weight: 1,
      interfaceName: device?.name ?? '',
      direction: isOutgoing ? 'out' : 'in',
      frameBytes: head.length - network.length + packetBytes(network),
      head: new Uint8Array(head.subarray(0, SAMPLE_HEAD_BYTES)),
    }
    return { counter: this.#sampled.counters[Number(slot) - 1] ?? UNDECIDED_COUNTER, sample }
  }
}

/** For interfaces without Ethernet: what follows it says what it is. */
function etherHeader(payload: Buffer): Buffer {
  const header = Buffer.alloc(ETHERNET_BYTES)
  header.writeUInt16BE(ETHER_TYPES[(payload[0] ?? 0) >> 4] ?? 0, ETHERNET_BYTES - 2)
  return header
}

const IPV4_LEAST = 4
const IPV6_HEADER_BYTES = 40

/** How long a packet was before it was cut off, as it says itself. */
function packetBytes(payload: Buffer): number {
  const version = (payload[0] ?? 0) >> 4
  if (version === 4 && payload.length >= IPV4_LEAST) return Math.max(payload.length, payload.readUInt16BE(2))
  if (version === 6 && payload.length >= IPV6_HEADER_BYTES) {
    return Math.max(payload.length, IPV6_HEADER_BYTES + payload.readUInt16BE(4))
  }
  return payload.length
}
