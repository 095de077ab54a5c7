import { join } from 'node:path'
import { appendRules, type Config, type WrittenRules } from '#config'
import type { Phase } from '#decide'
import { TidegateError } from '#kernel'
import { parse } from 'yaml'
import { connect } from '../client/connect.ts'
import type { ServerOptions } from '../client/server-options.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { localConfig } from '../local-config.ts'
import { printable } from '../output/printable.ts'
import { style } from '../output/style.ts'
import { askReplay, type GivenRule, givenRule, type ReplayJson } from '../replay/ask-replay.ts'
import { replayText } from '../replay/replay-text.ts'
import { expiryAfter } from '../staged/expiry.ts'
import { writeStaged } from '../staged/staged-rule.ts'

interface StageOptions extends ServerOptions {
  readonly id?: string
  readonly action?: string
  readonly phase?: string
  readonly expires: string
  readonly since: string
  readonly write?: string
  readonly json?: boolean
}

/** Does what `tidegate rule stage RULE` says. */
export async function runRuleStage(rule: string, options: StageOptions): Promise<ExitCode> {
  const config = localConfig(options.config)
  const now = new Date()
  const expires = expiryAfter(options.expires, now.getTime())
  const { since, action, phase } = options
  const given = named(givenRule(rule), options.id)
  const forecast = await askReplay(connect(options), given, { since, action, phase })
  const rules = writtenRules(given, forecast, options).map((each) => ({ ...each, mode: 'log', expires }))
  const file = options.write ?? join(config.policyDirectory, 'staged.yaml')
  const written = appendRules(config, file, { phase: forecast.phase as Phase, rules })
  keep(config, forecast, rules, now)
  if (options.json === true) process.stdout.write(`${JSON.stringify({ ...written, expires, forecast }, null, 2)}\n`)
  else process.stdout.write(`${replayText(forecast)}\n${text(written, rules, expires)}`)
  return EXIT.ok
}

interface PlainRule {
  readonly id: string
  readonly [key: string]: unknown
}

/** A rule in the policy needs a name of its own. */
function named(given: GivenRule, id: string | undefined): GivenRule {
  if ('when' in given && id === undefined) {
    throw new TidegateError('ERR_USAGE', 'the rule needs an id', {
      source: 'client',
      remedy: 'Add --id NAME, such as --id stop-login-flood.',
    })
  }
  return given
}

function writtenRules(given: GivenRule, { rules }: ReplayJson, { id, action }: StageOptions): readonly PlainRule[] {
  if ('when' in given) return [{ id: id!, when: given.when, action: action ?? rules[0].action }]
  // The server has read it as a draft: it has the right shape.
  return (parse(given.draft) as { readonly rules: readonly PlainRule[] }).rules
}

function keep(config: Config, forecast: ReplayJson, rules: readonly PlainRule[], now: Date): void {
  const { since, until, phase } = forecast
  for (const [index, { id }] of rules.entries()) {
    const { when, count, error } = forecast.rules[index]
    writeStaged(config, {
      id,
      phase,
      when,
      stagedAt: now.toISOString(),
      forecast: { since, until, matched: count, error },
    })
  }
}

function text({ file, version }: WrittenRules, rules: readonly PlainRule[], expires: string): string {
  const ids = rules.map(({ id }) => printable(id))
  return `${style('bold', `${ids.join(', ')} only logs until ${expires}`)}: written to ${printable(file)}, policy ${version}
Look:     tidegate rule effect ${ids[0]}
Enforce:  tidegate rule promote ${ids[0]}
Give up:  tidegate rule withdraw ${ids[0]}
`
}
