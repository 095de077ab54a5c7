import { type Config, loadPolicy } from '#config'
import { TidegateError } from '#kernel'
import { judgedFields, type PacketDecision, resolveAddressFacts, ScriptJudge } from '#points'
import type { PacketDirection } from '#rules'
import type { CapturedPacket } from '#wire'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { localConfig } from '../local-config.ts'
import { writeOut } from '../output/write.ts'
import { capturedHex, readFrames } from '../packet/captured-frames.ts'
import type { TraceBackend } from '../packet/trace-backends.ts'
import { traceJudge } from '../packet/trace-judge.ts'
import { tracedJson, type TracedPacket, tracedLine } from '../packet/trace-line.ts'
import { TracePlaces } from '../packet/trace-place.ts'
import { parseRow, type Row, ROW_READERS } from '../rows/row.ts'
import { geoFor } from '../trace/context.ts'

interface PacketTraceOptions {
  readonly config?: string
  readonly pcap?: string
  readonly hex?: string
  readonly fields?: string
  readonly interface?: string
  readonly direction?: PacketDirection
  readonly backend: TraceBackend
  readonly ndjson?: boolean
  readonly json?: boolean
}

/** Does what `tidegate packet trace` says. */
export async function runPacketTrace(options: PacketTraceOptions): Promise<ExitCode> {
  const config = localConfig(options.config)
  if (options.fields !== undefined) return traceFields(options.fields, config, options)
  const { policy: written } = loadPolicy(config.policyDirectory, { config })
  const policy = resolveAddressFacts(written, await geoFor(written, config))
  const places = new TracePlaces(config.firewall, options)
  const judge = traceJudge(options.backend, config, policy, places.filtered)
  const output = new TraceOutput(options)
  let isWhole = true
  const visit = (captured: CapturedPacket): void => {
    const { hook, isFiltered } = places.placeOf(captured)
    const decision = isFiltered ? judge.judge(captured, hook) : UNFILTERED
    if (typeof decision === 'string') isWhole = false
    output.add({ frame: captured.frameNumber, hook, decision })
  }
  try {
    if (options.hex !== undefined) visit(capturedHex(options.hex))
    else if (options.pcap === undefined) throw nothingToTrace()
    else if (!(await readFrames(options.pcap, visit, () => output.flush()))) isWhole = false
  } finally {
    judge.close()
  }
  await output.end()
  return isWhole ? EXIT.ok : EXIT.negative
}

/** The configuration does not filter where the packet passed. */
const UNFILTERED: PacketDecision = { verdict: 'pass', isUnfiltered: true }

function nothingToTrace(): TidegateError {
  return new TidegateError('ERR_USAGE', 'there is nothing to trace', {
    source: 'client',
    remedy: 'Give --pcap FILE, --hex BYTES or --fields JSON.',
  })
}

/** One packet that is described by its fields: what the description leaves out, the packet does not have. */
async function traceFields(text: string, config: Config, options: PacketTraceOptions): Promise<ExitCode> {
  if (options.backend !== 'js') throw fieldsFault('the kernel judges frames, not descriptions: leave --backend out')
  const { policy } = loadPolicy(config.policyDirectory, { config })
  const result = parseRow(text, judgedFields(policy), (name) => {
    throw fieldsFault(`there is no field ${name}`)
  })
  if (!result.ok) throw fieldsFault(result.message)
  const { usual: hook } = new TracePlaces(config.firewall, options)
  const { 'packet.interface': name, 'packet.direction': direction } = ROW_READERS.read
  const read = {
    ...ROW_READERS.read,
    'packet.interface': (row: Row) => name(row) ?? hook.interfaceName,
    'packet.direction': (row: Row) => direction(row) ?? hook.direction,
  }
  const judge = new ScriptJudge(policy, { read }, config.firewall?.management ?? [])
  const output = new TraceOutput(options)
  output.add({ frame: 1, hook, decision: judge.judge(result.row, Date.now()) })
  await output.end()
  return EXIT.ok
}

function fieldsFault(why: string): TidegateError {
  return new TidegateError('ERR_USAGE', `--fields: ${why}`, {
    source: 'client',
    remedy:
      'Give for example --fields \'{"ip.src": "192.0.2.1", "udp.srcport": 53}\'; `tidegate rule fields` lists them.',
  })
}

/** Writes lines as they come, or one array at the end. */
class TraceOutput {
  readonly #options: PacketTraceOptions
  #waiting = ''
  readonly #array: object[] = []

  constructor(options: PacketTraceOptions) {
    this.#options = options
  }

  add(traced: TracedPacket): void {
    const { json, ndjson, backend } = this.#options
    if (ndjson === true) this.#waiting += `${JSON.stringify(tracedJson(traced, backend))}\n`
    else if (json === true) this.#array.push(tracedJson(traced, backend))
    else this.#waiting += tracedLine(traced)
  }

  async flush(): Promise<void> {
    const text = this.#waiting
    this.#waiting = ''
    await writeOut(text)
  }

  async end(): Promise<void> {
    if (this.#options.json === true) this.#waiting = `${JSON.stringify(this.#array, null, 2)}\n`
    await this.flush()
  }
}
