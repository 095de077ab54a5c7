import { buildLists } from '#decide'
import { compilePredicate, type Expression, fieldsOf } from '#rules'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { printable } from '../output/printable.ts'
import { style } from '../output/style.ts'
import { writeOut } from '../output/write.ts'
import { type InputLine, readLines } from '../rows/input.ts'
import { parseRow, type Row, ROW_READERS, type RowResult } from '../rows/row.ts'
import { loadLists, parseRuleText } from '../rule-text.ts'

interface RuleTestOptions {
  readonly input: string
  readonly json?: boolean
  readonly config?: string
}

/** Does what `tidegate rule test EXPRESSION --input FILE` says. */
export async function runRuleTest(text: string, options: RuleTestOptions): Promise<ExitCode> {
  const lists = await loadLists(options.config)
  const expression = parseRuleText(text, lists)
  const tester = new RuleTester(
    expression,
    compilePredicate(expression, { readers: ROW_READERS, lists: buildLists(lists) }),
  )
  const show = options.json === true ? jsonLine : readableLine
  for await (const lines of readLines(options.input)) {
    await writeOut(lines.map((line) => show(line, tester.test(line))).join(''))
  }
  if (options.json !== true) process.stderr.write(`${tester.matches} of ${tester.rows} rows match\n`)
  if (tester.faults === 0) return EXIT.ok
  process.stderr.write(`${tester.faults} faulty row${tester.faults === 1 ? '' : 's'}\n`)
  return EXIT.negative
}

type TestResult = { readonly ok: true; readonly match: boolean; readonly row: Row } | Extract<RowResult, { ok: false }>

class RuleTester {
  rows = 0
  matches = 0
  faults = 0
  readonly #wanted: ReadonlySet<string>
  readonly #predicate: (row: Row) => boolean
  readonly #unknown = new Set<string>()

  constructor(expression: Expression, predicate: (row: Row) => boolean) {
    this.#wanted = fieldsOf(expression)
    this.#predicate = predicate
  }

  test(line: InputLine): TestResult {
    this.rows++
    const result = parseRow(line.text, this.#wanted, (key) => this.#warnOnce(key, line.number))
    if (!result.ok) {
      this.faults++
      return result
    }
    const match = this.#predicate(result.row)
    if (match) this.matches++
    return { ok: true, match, row: result.row }
  }

  #warnOnce(key: string, line: number): void {
    if (this.#unknown.has(key) || this.#unknown.size >= WARNINGS) return
    this.#unknown.add(key)
    process.stderr.write(`warning: line ${line}: there is no field ${printable(JSON.stringify(key))}; it is ignored\n`)
  }
}

const WARNINGS = 20

function jsonLine(line: InputLine, result: TestResult): string {
  if (result.ok) return result.match ? '{"match":true}\n' : '{"match":false}\n'
  return `${JSON.stringify({ error: `line ${line.number}: ${result.message}` })}\n`
}

function readableLine(line: InputLine, result: TestResult): string {
  const number = String(line.number).padStart(6)
  if (!result.ok) return `${number}  ${style('yellow', 'faulty  ')}  ${printable(result.message)}\n`
  const verdict = result.match ? style('green', 'match   ') : style('dim', 'no match')
  return `${number}  ${verdict}  ${printable(line.text)}\n`
}
