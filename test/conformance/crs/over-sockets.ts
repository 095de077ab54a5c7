import {
  judgeStage,
  logLine,
  rawRequest,
  type RegressionTally,
  type RegressionTest,
  type StageInput,
  type StageOutcome,
  type StageOutput,
} from '#workbench'
import { fieldValue } from '#wire'
import { exchange } from '../raw-exchange.ts'
import { TOKEN, type TestEdge } from './test-edge.ts'

/** One stage in so many is looked up in the event log as well, which must hold the same rules as the answer names. */
const LOOKED_UP = 25

/** What one stage was answered. */
interface Answered {
  readonly id: string
  readonly output: StageOutput
  readonly status: number
  /** Undefined when there was no answer of the edge. */
  readonly ray: string | undefined
  /** Rules that the answer names; undefined when the edge did not see the secret of the test client. */
  readonly told: readonly number[] | undefined
}

/**
 * Runs tests against a running edge, each request as raw bytes on a connection of its own. Events are asked for when all is
 * sent, so that nobody waits for the store.
 */
export async function runOverSockets(edge: TestEdge, tests: readonly RegressionTest[]): Promise<RegressionTally> {
  const answers: Answered[] = []
  for (const [index, { id, stages }] of tests.entries()) {
    if (index % 500 === 0) process.stderr.write(`${index} of ${tests.length}\n`)
    for (const { input, output } of stages) answers.push({ id, output, ...(await ask(edge, input)) })
  }
  const reasons = new Map<string, string[]>()
  for (const [index, answer] of answers.entries()) {
    const outcome = await outcomeOf(edge, answer, index % LOOKED_UP === 0)
    const found = typeof outcome === 'string' ? [outcome] : judgeStage(answer.output, outcome)
    if (found.length > 0) reasons.set(answer.id, [...(reasons.get(answer.id) ?? []), ...found])
  }
  const failures = [...reasons].map(([id, found]) => ({ id, reasons: found }))
  return { total: tests.length, passed: tests.length - failures.length, failures }
}

async function ask({ tidegate }: TestEdge, input: StageInput): Promise<Pick<Answered, 'status' | 'ray' | 'told'>> {
  const answer = await exchange(tidegate.httpPort, withToken(rawRequest(input)))
  if (answer === undefined) return { status: 0, ray: undefined, told: undefined }
  const { status, fields } = answer
  const told = fieldValue(fields, 'tidegate-waf')
  return { status, ray: fieldValue(fields, 'tidegate-ray'), told: told === undefined ? undefined : idsOf(told) }
}

function idsOf(list: string): number[] {
  return list === '' ? [] : list.split(',').map(Number)
}

/** What the edge said, with what its log holds where that is asked for; a sentence when the two do not agree. */
async function outcomeOf(
  { tidegate }: TestEdge,
  { output, status, ray, told }: Answered,
  isSample: boolean,
): Promise<StageOutcome | string> {
  if (ray === undefined) return 'no answer with a ray'
  const wantsLog = output.log?.match_regex !== undefined || output.log?.no_match_regex !== undefined
  if (told !== undefined && !wantsLog && !isSample) return { ids: new Set(told), status, logLines: [] }
  const { facts } = await tidegate.event(ray)
  const logged = (facts['waf.rule_ids'] ?? []) as number[]
  const [shown, kept] = [told?.join(), logged.join()]
  if (shown !== undefined && shown !== kept) return `the answer names ${shown}, the event ${kept}`
  const matches = (facts['waf.matches'] ?? []) as Parameters<typeof logLine>[0][]
  return { ids: new Set(logged), status, logLines: matches.map(logLine) }
}

const HEAD_END = /\r?\n\r?\n/

/** The request with the secret of the test client as its last field; as it is when its head has no end. */
function withToken(request: string): Buffer {
  const end = HEAD_END.exec(request)?.index
  const field = `\r\nTidegate-Test: ${TOKEN}`
  return Buffer.from(end === undefined ? request : request.slice(0, end) + field + request.slice(end), 'latin1')
}
