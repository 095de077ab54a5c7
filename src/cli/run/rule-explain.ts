import { explanationNodeJson, type ExplanationNodeJson } from '#api'
import { buildLists, type ListData } from '#decide'
import { type Field, FIELD_BY_NAME } from '#fields'
import { TidegateError } from '#kernel'
import { explainExpression, type Expression, fieldsOf, listsOf, printExpression } from '#rules'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { treeLines } from '../output/explain-tree.ts'
import { style } from '../output/style.ts'
import { writeOut } from '../output/write.ts'
import { readLines } from '../rows/input.ts'
import { parseRow, ROW_READERS } from '../rows/row.ts'
import { compileFor } from '../rule-targets.ts'
import { type CompileTarget, COMPILE_TARGETS } from '../compile-targets.ts'
import { loadLists, parseRuleText } from '../rule-text.ts'

interface RuleExplainOptions {
  readonly input?: string
  readonly json?: boolean
  readonly config?: string
}

/** Does what `tidegate rule explain EXPRESSION` says. */
export async function runRuleExplain(text: string, options: RuleExplainOptions): Promise<ExitCode> {
  const lists = await loadLists(options.config)
  const expression = parseRuleText(text, lists)
  if (options.input !== undefined) return explainRows(expression, lists, options.input, options.json === true)
  const facts = describe(expression, text, lists)
  process.stdout.write(options.json === true ? `${JSON.stringify(facts, null, 2)}\n` : readable(facts))
  return EXIT.ok
}

interface ExpressionFacts {
  readonly expression: string
  readonly fields: readonly Pick<Field, 'name' | 'type' | 'help' | 'points' | 'since'>[]
  readonly lists: readonly string[]
  readonly targets: readonly { readonly target: CompileTarget; readonly refusal?: string }[]
}

function describe(expression: Expression, text: string, lists: readonly ListData[]): ExpressionFacts {
  const fields = [...fieldsOf(expression)].map((name) => FIELD_BY_NAME.get(name)).filter((field) => field !== undefined)
  return {
    expression: printExpression(expression),
    fields: fields.map(({ name, type, help, points, since }) => ({
      name,
      type,
      help,
      points,
      ...(since === undefined ? {} : { since }),
    })),
    lists: [...listsOf(expression)],
    targets: COMPILE_TARGETS.map((target) => {
      try {
        compileFor(target, expression, text, lists)
        return { target }
      } catch (error) {
        if (!(error instanceof TidegateError)) throw error
        return { target, refusal: error.message }
      }
    }),
  }
}

function readable({ expression, fields, lists, targets }: ExpressionFacts): string {
  const lines = [expression, '', style('bold', 'reads')]
  for (const { name, type, help, points, since } of fields) {
    const note = since === 'response' ? ' Known once the origin answered.' : ''
    lines.push(`  ${name} (${type}): ${help}${note}`, style('dim', `    at ${points.join(', ')}`))
  }
  if (lists.length > 0) lines.push(`  lists ${lists.map((name) => `$${name}`).join(', ')}`)
  lines.push('', style('bold', 'runs in'))
  for (const { target, refusal } of targets) {
    if (refusal === undefined) lines.push(`  ${style('green', 'yes')} ${target}`)
    else lines.push(`  ${style('yellow', 'no ')} ${target}`, ...refusal.split('\n').map((line) => `      ${line}`))
  }
  return `${lines.join('\n')}\n`
}

async function explainRows(
  expression: Expression,
  lists: readonly ListData[],
  input: string,
  json: boolean,
): Promise<ExitCode> {
  const environment = { readers: ROW_READERS, lists: buildLists(lists) }
  const wanted = fieldsOf(expression)
  let faults = 0
  for await (const lines of readLines(input)) {
    for (const { number, text } of lines) {
      const result = parseRow(text, wanted, () => {})
      if (!result.ok) {
        faults++
        await writeOut(faultText(number, result.message, json))
        continue
      }
      await writeOut(
        treeText(number, explanationNodeJson(explainExpression(expression, environment, result.row)), json),
      )
    }
  }
  return faults === 0 ? EXIT.ok : EXIT.negative
}

function faultText(line: number, message: string, json: boolean): string {
  return json ? `${JSON.stringify({ error: `line ${line}: ${message}` })}\n` : `row ${line}: faulty: ${message}\n`
}

function treeText(line: number, tree: ExplanationNodeJson, json: boolean): string {
  return json ? `${JSON.stringify(tree)}\n` : `row ${line}\n${treeLines(tree, '  ').join('\n')}\n`
}
