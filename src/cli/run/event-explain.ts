import type { DecisionJson, ExplanationJson, WafReportJson } from '#api'
import { connect } from '../client/connect.ts'
import type { ServerOptions } from '../client/server-options.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { explanationText } from '../output/explain-tree.ts'
import { printable } from '../output/printable.ts'
import { styleVerdict } from '../output/style.ts'
import { wafText } from '../output/waf-text.ts'

interface ExplainAnswer {
  readonly ray: string
  readonly recorded: DecisionJson
  readonly explanation: ExplanationJson
  readonly waf?: WafReportJson
}

interface EventExplainOptions extends ServerOptions {
  readonly json?: boolean
}

/** Does what `tidegate event explain RAY` says. */
export async function runEventExplain(ray: string, options: EventExplainOptions): Promise<ExitCode> {
  const answer = await connect(options).get<ExplainAnswer>(`/api/v1/events/${encodeURIComponent(ray)}/explain`)
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`)
    return EXIT.ok
  }
  const { verdict, why } = answer.recorded
  process.stdout.write(`${answer.ray} recorded as ${styleVerdict(verdict)}: ${printable(why)}\n`)
  process.stdout.write(explanationText(answer.explanation))
  if (answer.waf !== undefined) process.stdout.write(`\n${wafText(answer.waf)}`)
  return EXIT.ok
}
