import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { createGunzip } from 'node:zlib'
import { FlowAnalyzer, ProtocolDissectors } from '#detect/captures'
import { messageOf } from '#kernel'
import { type CapturedPacket, CaptureReader, Packet, readSecrets, SECRETS, type CaptureBlock } from '#wire'
import { CaptureNotes, feedCapture, type ReadingProgress } from '../reading/read-capture.ts'
import { type CaptureReport, reportOf } from './capture-report.ts'
import type { Evidence } from '../../findings/evidence.ts'
import { EvidenceCollector } from './evidence-collector.ts'

export interface AnalyzeOptions {
  /** Secrets of TLS sessions beside those that the capture itself has, as text of a key log. */
  readonly keyLog?: Buffer
  /** Awaited now and then, as `ReadingOptions.onPiece` is. */
  readonly onPiece?: (progress: ReadingProgress, packets: number) => void | Promise<void>
}

/**
 * Analyses a capture file, pcap or pcapng, packed with gzip or not, or standard input for `-`: flows, conversations,
 * protocols, timing and findings. One pass, bounded memory; damage is a finding.
 *
 * @throws TidegateError ERR_USAGE when the file cannot be read or is no capture
 */
export async function analyzeCapture(path: string, { onPiece, keyLog }: AnalyzeOptions = {}): Promise<CaptureReport> {
  const analysis = new CaptureAnalysis(keyLog)
  const damage = await feedCapture(path, analysis, { onPiece: (progress) => onPiece?.(progress, analysis.packets) })
  return analysis.report(path, damage)
}

/** Reads a capture as `analyzeCapture` does, up to what findings rest on. @throws TidegateError as there */
export async function gatherEvidence(path: string, { onPiece, keyLog }: AnalyzeOptions = {}): Promise<Evidence> {
  const analysis = new CaptureAnalysis(keyLog)
  const damage = await feedCapture(path, analysis, { onPiece: (progress) => onPiece?.(progress, analysis.packets) })
  return analysis.evidence(path, damage)
}

/** A packed file may hold a thousand times its size. */
const UNPACKED_BYTES = 1_073_741_824
const PIECE_BYTES = 1_048_576
const GZIP_MAGIC = 0x1f8b

/**
 * Analyses a capture that is in memory, packed with gzip or not; lets others work after each mebibyte.
 *
 * @throws TidegateError ERR_USAGE when it is no capture
 */
export async function analyzeBytes(bytes: Buffer): Promise<CaptureReport> {
  const analysis = new CaptureAnalysis()
  const isPacked = bytes.length > 1 && bytes.readUInt16BE(0) === GZIP_MAGIC
  let damage: string | undefined = undefined
  let sizeBytes = 0
  try {
    for await (const piece of isPacked ? unpackedPieces(bytes) : pieces(bytes)) {
      sizeBytes += piece.length
      if (sizeBytes > UNPACKED_BYTES) {
        damage = `only the first ${UNPACKED_BYTES} bytes of what is packed were read`
        break
      }
      analysis.push(piece)
      await setImmediate()
    }
  } catch (error) {
    damage = `the gzip file is damaged: ${messageOf(error)}`
  }
  analysis.end()
  return analysis.report('the body', damage)
}

function* pieces(bytes: Buffer): Iterable<Buffer> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES)
}

function unpackedPieces(bytes: Buffer): AsyncIterable<Buffer> {
  return Readable.from(pieces(bytes)).pipe(createGunzip({ chunkSize: PIECE_BYTES })) as AsyncIterable<Buffer>
}

/** Known at a time; each takes a kilobyte for its figures, and as much again while somebody reads what it carries. */
const FLOWS_AT_ONCE = 49_152

/** Analyses bytes of a capture that come in pieces. */
export class CaptureAnalysis {
  readonly #notes = new CaptureNotes()
  readonly #collector = new EvidenceCollector()
  readonly #reader: CaptureReader
  readonly #packet = new Packet('deep')
  readonly #analyzer: FlowAnalyzer
  readonly #dissectors: ProtocolDissectors

  /** `keyLog`: secrets of TLS sessions, beside those that the capture itself has. */
  constructor(keyLog?: Buffer) {
    const collector = this.#collector
    this.#dissectors = new ProtocolDissectors(collector, () => this.#analyzer.originSeconds)
    if (keyLog !== undefined) this.#dissectors.keyLog.add(keyLog)
    this.#analyzer = new FlowAnalyzer({ sink: collector, dissectors: this.#dissectors, flowLimit: FLOWS_AT_ONCE })
    this.#reader = new CaptureReader({
      onPacket: (captured) => this.#take(captured),
      onInterface: (seen) => collector.capture.interface(seen),
      onBlock: (block) => this.#takeBlock(block),
      onNote: (note) => this.#notes.add(note),
    })
  }

  #takeBlock(block: CaptureBlock): void {
    this.#collector.capture.block(block)
    const secrets = readSecrets(block)
    if (secrets?.kind === SECRETS.tlsKeyLog) this.#dissectors.keyLog.add(secrets.secrets)
  }

  #take(captured: CapturedPacket): void {
    this.#packet.readCaptured(captured)
    this.#collector.captured(captured, this.#packet)
    this.#analyzer.push(this.#packet)
  }

  /** How many were read so far. */
  get packets(): number {
    return this.#packet.frameNumber
  }

  push(bytes: Buffer): void {
    this.#reader.push(bytes)
  }

  end(): void {
    this.#reader.end()
    this.#analyzer.end()
    this.#dissectors.end()
  }

  /**
   * What was found; `packingDamage` says what was wrong with the file around the capture.
   * @throws TidegateError ERR_USAGE when it is no capture; `name` is what the error calls it
   */
  report(name: string, packingDamage?: string): CaptureReport {
    return reportOf(this.evidence(name, packingDamage), this.#collector.summary)
  }

  /** What findings rest on, at the end of the capture. @throws TidegateError ERR_USAGE when it is no capture */
  evidence(name: string, packingDamage?: string): Evidence {
    return this.#collector.evidence(this.#notes.finish(name, packingDamage))
  }
}
