import { CaptureReader, LINK_TYPE, Packet, PcapWriter } from '#wire'
import { ethernet, ipv4, synOptions, tcp, TCP_FLAG } from '../../../wire/packet/testing/index.ts'
import type { FlowSink, PacketVerdict } from '../contract.ts'
import { FlowAnalyzer, type FlowAnalyzerOptions } from '../flow-analyzer.ts'
import type { FlowRecord } from '../flow-record.ts'
import { keepFlow } from '../keep-flow.ts'

/** A frame and when it was captured, in microseconds since 2023-11-14. */
export interface TimedFrame {
  readonly bytes: Buffer
  readonly micros: number
  /** What the capture kept of it; all when absent. */
  readonly keptBytes?: number
}

interface StepOptions {
  /** A sum of `TCP_FLAG`; ACK when absent. */
  readonly control?: number
  readonly window?: number
  /** Since the step before; 10 ms when absent. */
  readonly afterMicros?: number
  readonly payload?: Buffer
  readonly options?: Buffer
  readonly timeToLive?: number
  readonly ipId?: number
  readonly clientPort?: number
}

/** Who sends, the sequence and acknowledgement numbers from 0 on, the length of the payload. */
export type Step = readonly [
  who: 'c' | 's',
  sequence: number,
  acknowledgement: number,
  payloadBytes: number,
  options?: StepOptions,
]

export const CLIENT = '192.0.2.10'
export const SERVER = '198.51.100.20'
const ISN = { c: 4_294_967_000, s: 5_000_000 } as const
const START_SECONDS = 1_700_000_000
const MICROS = 1_000_000

/** A handshake with windows that are not scaled. */
export const HANDSHAKE: readonly Step[] = [
  ['c', 0, 0, 0, { control: TCP_FLAG.syn }],
  ['s', 0, 1, 0, { control: TCP_FLAG.syn | TCP_FLAG.ack }],
  ['c', 1, 1, 0],
]

/** The frames of a dialogue of client and server. Sequence numbers of the client wrap around soon. */
export function framesOf(steps: readonly Step[]): TimedFrame[] {
  let micros = 0
  let id = 0
  return steps.map(([who, sequence, acknowledgement, payloadBytes, options = {}]) => {
    const { control = TCP_FLAG.ack, window = 1000, clientPort = 40_000 } = options
    micros += options.afterMicros ?? 10_000
    id++
    const isClient = who === 'c'
    const segment = tcp({
      sourcePort: isClient ? clientPort : 80,
      destinationPort: isClient ? 80 : clientPort,
      flags: control,
      sequence: (ISN[who] + sequence) >>> 0,
      acknowledgement: control & TCP_FLAG.ack ? (ISN[isClient ? 's' : 'c'] + acknowledgement) >>> 0 : 0,
      window,
      payload: options.payload ?? Buffer.alloc(payloadBytes, sequence),
      options: options.options ?? (control & TCP_FLAG.syn ? synOptions(1460, 0) : Buffer.alloc(0)),
    })
    const header = {
      source: isClient ? CLIENT : SERVER,
      destination: isClient ? SERVER : CLIENT,
      id: options.ipId ?? id,
      timeToLive: options.timeToLive ?? 64,
    }
    return { bytes: ethernet(ipv4(header, segment)), micros }
  })
}

/** A pcap file of frames. */
export function captureOf(frames: readonly TimedFrame[], linkType: number = LINK_TYPE.ethernet): Buffer {
  const pieces: Buffer[] = []
  const writer = new PcapWriter((piece) => pieces.push(piece), { linkType, snapBytes: 0 })
  for (const { bytes, micros, keptBytes = bytes.length } of frames) {
    const seconds = START_SECONDS + Math.floor(micros / MICROS)
    const nanoseconds = (micros - Math.floor(micros / MICROS) * MICROS) * 1000
    writer.packet({ bytes, start: 0, end: keptBytes, originalBytes: bytes.length, seconds, nanoseconds })
  }
  writer.end()
  return Buffer.concat(pieces)
}

/** What an analysis of a capture came to. */
export interface Analysed {
  readonly verdicts: readonly PacketVerdict[]
  readonly flows: readonly FlowRecord[]
}

/** Analyses the packets of a pcap or pcapng file. */
export function analyseCapture(
  capture: Buffer,
  options: Omit<FlowAnalyzerOptions, 'sink'> & { readonly sink?: FlowSink } = {},
): Analysed {
  const verdicts: PacketVerdict[] = []
  const flows: FlowRecord[] = []
  const sink: FlowSink = { ...options.sink, onFlow: (flow) => flows.push(keepFlow(flow)) }
  const analyzer = new FlowAnalyzer({ ...options, sink })
  const packet = new Packet('deep')
  const reader = new CaptureReader({
    onPacket: (captured) => {
      packet.readCaptured(captured)
      verdicts.push({ ...analyzer.push(packet) })
    },
    onNote: () => {},
  })
  reader.push(capture)
  reader.end()
  analyzer.end()
  return { verdicts, flows: flows.sort((one, other) => one.ends.id - other.ends.id) }
}

/** Analyses a dialogue. */
export function analyse(steps: readonly Step[]): Analysed {
  return analyseCapture(captureOf(framesOf(steps)))
}
