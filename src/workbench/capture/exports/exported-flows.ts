import { FlowAnalyzer, FlowFacts } from '#detect/captures'
import { type CapturedPacket, type CaptureNote, type FlowRecord, Packet, PROTOCOL } from '#wire'
import { readCapture, type ReadingOptions } from '../reading/read-capture.ts'
import { ExportReader } from './export-reader.ts'

/** Where a record was told. */
export interface ExportedAt {
  /** Frame of the datagram, from 1; of a fragmented one that which made it whole. */
  readonly frame: number
  /** When the flow ended, in microseconds since the epoch; when it was captured where the exporter's clock is no help. */
  readonly timeMicros: number | undefined
}

/** The facts, and the record in them, are valid until the visitor returns. */
export type ExportedFlowVisitor = (facts: FlowFacts, at: ExportedAt) => void

/** Clocks of exporters that are wrong by more tell nothing. */
const MOST_SKEW_MS = 86_400_000

/** Gives the flows that the exports of a capture tell to a visitor, one by one. Fragmented datagrams are put together. */
export class ExportedFlows {
  readonly #visit: ExportedFlowVisitor
  readonly #facts = new FlowFacts(undefined)
  readonly #packet = new Packet('deep')
  readonly #reader = new ExportReader((record) => this.#tell(record))
  readonly #analyzer = new FlowAnalyzer({ sink: { onPacket: (packet, { frame }) => this.#take(packet, frame) } })
  #frame = 0
  #capturedMs = -1
  /** Packets that were read, those that hold exports, and flows that these told. */
  packets = 0
  datagrams = 0
  records = 0

  constructor(visit: ExportedFlowVisitor) {
    this.#visit = visit
  }

  push(captured: CapturedPacket): void {
    const packet = this.#packet
    this.packets++
    packet.readCaptured(captured)
    // Fragments behind the first have no transport.
    if (packet.protocol !== PROTOCOL.udp) return
    this.#capturedMs = captured.hasTime ? captured.seconds * 1000 + captured.nanoseconds / 1e6 : -1
    this.#analyzer.push(packet)
  }

  #take(packet: Packet, frame: number): void {
    this.#frame = frame
    const outcome = this.#reader.packet(packet, frame)
    if (outcome !== 'none' && outcome !== 'repeated') this.datagrams++
  }

  #tell(record: FlowRecord): void {
    this.records++
    this.#facts.record = record
    this.#visit(this.#facts, { frame: this.#frame, timeMicros: timeOf(record, this.#capturedMs) })
  }
}

function timeOf({ endMs }: FlowRecord, capturedMs: number): number | undefined {
  if (capturedMs < 0) return endMs < 0 ? undefined : Math.round(endMs * 1000)
  return Math.round((endMs >= 0 && Math.abs(endMs - capturedMs) < MOST_SKEW_MS ? endMs : capturedMs) * 1000)
}

/**
 * Reads the flows that the exports of a capture file tell, or of standard input for `-`.
 * @throws TidegateError ERR_USAGE when the file cannot be read or is no capture
 */
export async function readExportedFlows(
  path: string,
  visit: ExportedFlowVisitor,
  options: ReadingOptions = {},
): Promise<{ readonly notes: readonly CaptureNote[]; readonly flows: ExportedFlows }> {
  const flows = new ExportedFlows(visit)
  const { notes } = await readCapture(path, { onPacket: (captured) => flows.push(captured) }, options)
  return { notes, flows }
}
