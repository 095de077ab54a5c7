import { FlowAnalyzer, TCP_FLAG, type TcpFlag, tcpFlagNames } from '#detect'
import { type CapturedPacket, Packet, PROTOCOL } from '#wire'
import { readCapture } from '#workbench'
import { CaptureProgress, tellDamage } from '../capture/reading-progress.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { style } from '../output/style.ts'
import { writeOut } from '../output/write.ts'

interface CaptureFlagsOptions {
  readonly ndjson?: boolean
  readonly json?: boolean
}

/** Does what `tidegate capture flags FILE` says. */
export async function runCaptureFlags(path: string, options: CaptureFlagsOptions): Promise<ExitCode> {
  const analyzer = new FlowAnalyzer({ sink: {} })
  const packet = new Packet('deep')
  const lines = new FlagLines(options)
  const progress = new CaptureProgress('analysing')
  let packets = 0
  const onPacket = (captured: CapturedPacket): void => {
    packets++
    packet.readCaptured(captured)
    const { tcpFlags } = analyzer.push(packet)
    lines.add(captured.frameNumber, isHeaderCut(packet) ? 0 : tcpFlags)
  }
  try {
    const { notes } = await readCapture(
      path,
      { onPacket },
      {
        onPiece: async (read) => {
          progress.show(read, packets)
          await writeOut(lines.take())
        },
      },
    )
    progress.end()
    await writeOut(lines.end())
    if (options.ndjson !== true && options.json !== true) {
      process.stderr.write(`${lines.flagged} of ${packets} frames have flags\n`)
    }
    tellDamage(path, notes)
    return notes.length === 0 ? EXIT.ok : EXIT.negative
  } finally {
    progress.end()
  }
}

/** Wireshark shows no analysis of a segment whose options the capture cut off, and whoever compares expects the same. */
function isHeaderCut({ transport, transportStart, tcpHeaderBytes, ipEnd }: Packet): boolean {
  return transport === PROTOCOL.tcp && transportStart + tcpHeaderBytes > ipEnd
}

/** Flags that are nothing to worry about. */
const ORDINARY = TCP_FLAG.window_update | TCP_FLAG.keep_alive | TCP_FLAG.keep_alive_ack

/** What is printed, gathered until somebody takes it. */
class FlagLines {
  flagged = 0
  readonly #options: CaptureFlagsOptions
  readonly #names = new Map<number, readonly TcpFlag[]>()
  #text = ''
  #isFirst = true

  constructor(options: CaptureFlagsOptions) {
    this.#options = options
  }

  add(frame: number, flags: number): void {
    if (flags !== 0) this.flagged++
    if (this.#options.ndjson === true) this.#text += `{"frame":${frame},"flags":${this.#jsonNames(flags)}}\n`
    else if (this.#options.json === true) {
      this.#text += `${this.#isFirst ? '[' : ','}\n  { "frame": ${frame}, "flags": ${this.#jsonNames(flags)} }`
      this.#isFirst = false
    } else if (flags !== 0) {
      const color = (flags & ~ORDINARY) === 0 ? 'dim' : 'yellow'
      this.#text += `${String(frame).padStart(8)}  ${style(color, this.#namesOf(flags).join(' '))}\n`
    }
  }

  #jsonNames(flags: number): string {
    return flags === 0 ? '[]' : JSON.stringify(this.#namesOf(flags))
  }

  /** Few combinations occur in any capture. */
  #namesOf(flags: number): readonly TcpFlag[] {
    let names = this.#names.get(flags)
    if (names === undefined) {
      names = tcpFlagNames(flags)
      this.#names.set(flags, names)
    }
    return names
  }

  /** What was gathered since the last call. */
  take(): string {
    const text = this.#text
    this.#text = ''
    return text
  }

  end(): string {
    if (this.#options.json !== true) return this.take()
    return `${this.take()}${this.#isFirst ? '[' : ''}\n]\n`
  }
}
