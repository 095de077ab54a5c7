import { appendRules, loadPolicy, type WrittenRules } from '#config'
import { TidegateError } from '#kernel'
import {
  type JudgedRequest,
  policyRules,
  policyYaml,
  type Suggestion,
  suggestExceptions,
  type WrittenRule,
} from '#workbench'
import type { ApiClient } from '../client/api-client.ts'
import { connect } from '../client/connect.ts'
import type { ServerOptions } from '../client/server-options.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { localConfig } from '../local-config.ts'
import { printable } from '../output/printable.ts'
import { style } from '../output/style.ts'
import { blockedRequest, LOG_LIMIT, loggedRequests } from '../waf/logged-requests.ts'
import { suggestionsJson } from '../waf/suggestion-json.ts'
import { type ReplayedLog, suggestionsText } from '../waf/suggestion-text.ts'

interface SuggestOptions extends ServerOptions {
  readonly since: string
  readonly days: number
  readonly reason?: string
  readonly alternative: number
  readonly write?: string
  readonly json?: boolean
}

const DAY_MS = 86_400_000

/** Does what `tidegate waf suggest-exception RAY...` says. */
export async function runWafSuggestException(rays: readonly string[], options: SuggestOptions): Promise<ExitCode> {
  const client = connect(options)
  const given = await Promise.all([...new Set(rays)].map((ray) => blockedRequest(client, ray)))
  for (const { ray, isBodyUnseen } of given) {
    if (isBodyUnseen)
      process.stderr.write(`warning: ${ray} was stopped before its body was inspected: that may block it too\n`)
  }
  const logged = await loggedRequests(client, given, options.since)
  const suggestions = suggestExceptions(given, logged)
  const chosen = suggestions[options.alternative - 1]
  if (chosen === undefined) {
    throw new TidegateError('ERR_USAGE', `there is no alternative ${options.alternative}`, {
      source: 'client',
      remedy: `There are ${suggestions.length}: run the command without --write to see them.`,
    })
  }
  const log = { since: options.since, requests: logged.length, isCut: logged.length >= LOG_LIMIT }
  const rules = await writtenRules(client, chosen, given, options)
  const written = options.write === undefined ? undefined : writeRules(options.write, rules, options)
  if (options.json === true) process.stdout.write(suggestionsJson(suggestions, rules, log, written))
  else process.stdout.write(text(suggestions, given.length, rules, log, options, written))
  return EXIT.ok
}

async function writtenRules(
  client: ApiClient,
  suggestion: Suggestion,
  given: readonly JudgedRequest[],
  { reason, days, write, config }: SuggestOptions,
): Promise<readonly WrittenRule[]> {
  const rays = given.map(({ ray }) => ray).join(', ')
  return policyRules(suggestion, {
    reason: reason === undefined ? `False positive, see ${rays}` : `${reason} (${rays})`,
    expires: new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10),
    takenIds: write === undefined ? await runningIds(client) : localIds(config),
  })
}

interface RunningPolicy {
  readonly rulesets: readonly { readonly rules: readonly { readonly id: string }[] }[]
}

async function runningIds(client: ApiClient): Promise<ReadonlySet<string>> {
  return idsOf(await client.get<RunningPolicy>('/api/v1/policy'))
}

function localIds(file: string | undefined): ReadonlySet<string> {
  const config = localConfig(file)
  return idsOf(loadPolicy(config.policyDirectory, { config }).policy)
}

function idsOf({ rulesets }: RunningPolicy): ReadonlySet<string> {
  return new Set(rulesets.flatMap(({ rules }) => rules.map(({ id }) => id)))
}

function writeRules(file: string, rules: readonly WrittenRule[], { config }: SuggestOptions): WrittenRules {
  return appendRules(localConfig(config), file, { phase: 'firewall_managed', rules })
}

function text(
  suggestions: readonly Suggestion[],
  givenCount: number,
  rules: readonly WrittenRule[],
  log: ReplayedLog,
  { alternative }: SuggestOptions,
  written: WrittenRules | undefined,
): string {
  const how =
    written === undefined
      ? `To use ${alternative}, put this into a file of the policy, or add --write FILE (--alternative N chooses another one):`
      : `Written to ${printable(written.file)}, policy ${written.version}; a server that watches it runs it now:`
  const yaml = policyYaml(rules).split('\n').map(printable).join('\n')
  return `${suggestionsText(suggestions, givenCount, log)}\n${style('bold', how)}\n\n${yaml}`
}
