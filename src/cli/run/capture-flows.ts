import type { FlowFacts } from '#detect'
import { counted, type ExportedAt, flowLine, readExportedFlows } from '#workbench/captures'
import { flowCondition } from '../capture/flow-condition.ts'
import { flowTable, type FlowTableRow, tableRow } from '../capture/flow-table.ts'
import { CaptureProgress, tellDamage } from '../capture/reading-progress.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { writeOut } from '../output/write.ts'

interface CaptureFlowsOptions {
  readonly limit: number
  readonly ndjson?: boolean
  readonly json?: boolean
  readonly config?: string
}

/** Does what `tidegate capture flows FILE [EXPRESSION]` says. */
export async function runCaptureFlows(
  path: string,
  text: string | undefined,
  options: CaptureFlowsOptions,
): Promise<ExitCode> {
  const matches = text === undefined ? undefined : await flowCondition(text, options.config)
  const output = new FlowOutput(options)
  const progress = new CaptureProgress('reading')
  let packets = 0
  const { notes, flows } = await readExportedFlows(
    path,
    (flow, at) => {
      packets = at.frame
      if (matches === undefined || matches(flow)) output.add(flow, at)
    },
    {
      onPiece: async (read) => {
        progress.show(read, packets)
        await writeOut(output.take())
      },
    },
  ).finally(() => progress.end())
  await writeOut(output.end())
  if (options.ndjson !== true && options.json !== true) {
    const hidden =
      output.flows > options.limit ? `, ${options.limit} of them shown: --limit and --ndjson show more` : ''
    const chosen = matches === undefined ? '' : `${output.flows} of `
    process.stderr.write(
      `${chosen}${counted(flows.records, 'flow')} in ${flows.datagrams} of ${counted(flows.packets, 'packet')}${hidden}\n`,
    )
  }
  tellDamage(path, notes)
  return notes.length === 0 ? EXIT.ok : EXIT.negative
}

/** What is printed, gathered until somebody takes it. */
class FlowOutput {
  flows = 0
  readonly #options: CaptureFlowsOptions
  readonly #rows: FlowTableRow[] = []
  #text = ''

  constructor(options: CaptureFlowsOptions) {
    this.#options = options
  }

  add(flow: FlowFacts, at: ExportedAt): void {
    const { ndjson, json, limit } = this.#options
    this.flows++
    if (ndjson === true) this.#text += `${JSON.stringify(flowLine(flow, at))}\n`
    else if (json === true) this.#text += `${this.flows === 1 ? '[' : ','}\n  ${JSON.stringify(flowLine(flow, at))}`
    else if (this.#rows.length < limit) this.#rows.push(tableRow(flow, at))
  }

  /** What was gathered since the last call. */
  take(): string {
    const text = this.#text
    this.#text = ''
    return text
  }

  end(): string {
    const { ndjson, json } = this.#options
    if (json === true) return `${this.take()}${this.flows === 0 ? '[' : '\n'}]\n`
    if (ndjson === true || this.#rows.length === 0) return this.take()
    return flowTable(this.#rows)
  }
}
