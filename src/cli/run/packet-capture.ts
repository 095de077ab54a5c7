import { buildLists } from '#decide'
import { TidegateError, VERSION } from '#kernel'
import { listInterfaces } from '#net'
import { CaptureFiles, type CapturedFrame, LiveCapture } from '#workbench'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { Progress } from '../output/progress.ts'
import { droppedBefore } from '../packet/dropped-before.ts'
import { capturedJson, capturedLine } from '../packet/captured-line.ts'
import { loadLists, parseRuleText } from '../rule-text.ts'

interface CaptureOptions {
  readonly interface: readonly string[]
  readonly output?: string
  readonly files?: number
  readonly fileSize?: number
  readonly fileSeconds?: number
  readonly packets?: number
  readonly seconds?: number
  readonly size?: number
  readonly snapLength?: number
  readonly direction: 'in' | 'out' | 'both'
  readonly promiscuous?: boolean
  readonly buffer: number
  readonly config?: string
  readonly ndjson?: boolean
  readonly json?: boolean
}

const TICK_MS = 20
const DEFAULT_FILE_BYTES = 64 << 20
/** A file that nothing else ends must not fill the disk. */
const DEFAULT_SIZE_BYTES = 1 << 30

/** Does what `tidegate packet capture` says. */
export async function runPacketCapture(expression: string | undefined, options: CaptureOptions): Promise<ExitCode> {
  checkOptions(options)
  const lists = await loadLists(options.config)
  const capture = new LiveCapture({
    interfaceNames: options.interface,
    filter: expression === undefined ? undefined : parseRuleText(expression, lists, 'capture'),
    lists: buildLists(lists),
    direction: options.direction,
    snapBytes: options.snapLength ?? 0,
    isPromiscuous: options.promiscuous === true,
    bufferBytes: options.buffer,
  })
  const session = new CaptureSession(capture, options)
  try {
    await session.run()
  } finally {
    capture.close()
  }
  return EXIT.ok
}

function checkOptions({ output, files, fileSize, fileSeconds }: CaptureOptions): void {
  const isRing = fileSize !== undefined || fileSeconds !== undefined
  const fault =
    files === undefined && isRing
      ? '--file-size and --file-seconds need --files N: how many files are kept'
      : files !== undefined && (output === undefined || output === '-')
        ? '--files needs --output FILE, from which the names of the files are made'
        : undefined
  if (fault !== undefined) throw new TidegateError('ERR_USAGE', fault, { source: 'client' })
}

class CaptureSession {
  readonly #capture: LiveCapture
  readonly #options: CaptureOptions
  readonly #files: CaptureFiles | undefined
  readonly #progress = new Progress()
  readonly #sizeBytes: number
  readonly #startMs = performance.now()
  #matched = 0
  #bytes = 0
  #isAsked = false

  constructor(capture: LiveCapture, options: CaptureOptions) {
    this.#capture = capture
    this.#options = options
    const { output, files, fileSize, fileSeconds, packets, seconds, size } = options
    const isEndless = files === undefined && packets === undefined && seconds === undefined
    this.#sizeBytes = size ?? (isEndless && output !== undefined && output !== '-' ? DEFAULT_SIZE_BYTES : Infinity)
    if (output === undefined) return
    this.#files = new CaptureFiles({
      file: output,
      interfaces: capture.interfaces,
      application: `Tidegate ${VERSION}`,
      fileBytes:
        files === undefined ? undefined : (fileSize ?? (fileSeconds === undefined ? DEFAULT_FILE_BYTES : Infinity)),
      fileSeconds,
      files,
    })
  }

  /** Ends when a limit is reached, or when somebody asks for it by SIGINT or SIGTERM. */
  async run(): Promise<void> {
    const { interface: names } = this.#options
    process.stderr.write(`capturing on ${names.join(', ')}; Ctrl-C ends\n`)
    for (const note of droppedBefore(names, listInterfaces())) process.stderr.write(`${note}\n`)
    const ask = (): void => void (this.#isAsked = true)
    process.on('SIGINT', ask).on('SIGTERM', ask)
    try {
      while (this.#drain()) await new Promise((resolve) => setTimeout(resolve, TICK_MS))
    } finally {
      process.off('SIGINT', ask).off('SIGTERM', ask)
      this.#files?.close(Date.now())
      this.#progress.end()
    }
    this.#report()
  }

  /** Takes what is there; false at the end. */
  #drain(): boolean {
    const { seconds = Infinity } = this.#options
    const nowMs = Date.now()
    const goesOn = this.#capture.drain((frame) => this.#take(frame, nowMs))
    this.#files?.flush()
    this.#progress.show(`${this.#matched} packets, ${this.#bytes} bytes`)
    return goesOn && !this.#isAsked && performance.now() - this.#startMs < seconds * 1000
  }

  #take(frame: CapturedFrame, nowMs: number): boolean {
    const { packets = Infinity, interface: names, ndjson } = this.#options
    this.#matched++
    this.#bytes += frame.end - frame.start
    if (this.#files !== undefined) this.#files.packet(frame.interfaceNumber, frame, nowMs)
    else {
      const line = ndjson === true ? capturedJson : capturedLine
      process.stdout.write(line(frame, names[frame.interfaceNumber]))
    }
    return this.#matched < packets && (this.#files?.writtenBytes ?? this.#bytes) < this.#sizeBytes
  }

  #report(): void {
    const { packets: seen, dropped } = this.#capture.statistics()
    const files = [...(this.#files?.kept ?? [])]
    if (this.#options.json === true) {
      const report = { matched: this.#matched, bytes: this.#bytes, seen, dropped, files }
      // Where packets go to standard output, the report must not stand between them.
      const stream =
        this.#options.output === undefined || this.#options.output === '-' ? process.stderr : process.stdout
      stream.write(`${JSON.stringify(report)}\n`)
      return
    }
    const loss = dropped === 0 ? '' : `; the kernel had no room for ${dropped}: raise --buffer, or write to a file`
    process.stderr.write(`${this.#matched} packets of ${seen} seen${loss}\n`)
    for (const file of files) process.stderr.write(`  ${file}\n`)
  }
}
