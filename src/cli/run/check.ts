import { accessSync, constants, existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import {
  type Config,
  type CrsRules,
  formatProblem,
  loadConfig,
  loadPolicy,
  loadWaf,
  type LoadedPolicy,
  type Problem,
} from '#config'
import { messageOf, TidegateError } from '#kernel'
import { CertificateStore } from '#net'
import { type FirewallSize, missingCapabilities, rehearseFirewall, resolveAddressFacts } from '#points'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { style } from '../output/style.ts'
import { geoFor } from '../trace/context.ts'
import { lockHolder } from '../up/data-directory.ts'
import { checkListenAddresses } from '../up/listen-check.ts'

interface CheckOptions {
  readonly config: string
  readonly json?: boolean
}

interface Finding {
  readonly level: 'error' | 'warning' | 'ok'
  readonly subject: string
  readonly message: string
}

/** Size of the secret that seals session tickets; any will do for a check. */
const TICKET_KEY_BYTES = 48

/** Does what `tidegate check` says. */
export async function runCheck(options: CheckOptions): Promise<ExitCode> {
  const findings = await check(resolve(options.config))
  process.stdout.write(
    options.json === true ? `${JSON.stringify(findings, null, 2)}\n` : findings.map(findingLine).join(''),
  )
  return findings.some(({ level }) => level === 'error') ? EXIT.usage : EXIT.ok
}

async function check(file: string): Promise<readonly Finding[]> {
  let config: Config
  try {
    config = loadConfig(file)
  } catch (error) {
    return [failure('configuration', error)]
  }
  const { sites, listeners } = config.edge
  return [
    {
      level: 'ok',
      subject: 'configuration',
      message: `${file}: ${counted(sites.length, 'site')}, ${counted(listeners.length, 'listener')}`,
    },
    ...(await checkPolicies(config)),
    ...checkCertificates(config),
    ...checkTokens(config),
    ...checkData(config),
    ...(await checkPorts(config)),
  ]
}

/** The policy, and the WAF that its rules steer. */
async function checkPolicies(config: Config): Promise<readonly Finding[]> {
  let loaded: LoadedPolicy
  try {
    loaded = loadPolicy(config.policyDirectory, { config })
  } catch (error) {
    return [failure('policy', error)]
  }
  const { policy, warnings } = loaded
  const rules = policy.rulesets.reduce((sum, ruleset) => sum + ruleset.rules.length, 0)
  const counts = `version ${policy.version}, ${counted(rules, 'rule')}, ${counted(policy.lists.length, 'list')}`
  return [
    { level: 'ok', subject: 'policy', message: `${config.policyDirectory}: ${counts}` },
    ...warnings.map((problem): Finding => ({ level: 'warning', subject: 'policy', message: formatProblem(problem) })),
    ...checkWaf(config, policy),
    ...(await checkFirewall(config, policy)),
  ]
}

/** What filters packets, and what it takes: the kernel is asked, and gives everything back. */
async function checkFirewall(config: Config, policy: LoadedPolicy['policy']): Promise<readonly Finding[]> {
  const { firewall } = config
  if (firewall === undefined) return []
  const missing = missingCapabilities(firewall.backend === 'nftables' ? 'nftables' : 'xdp')
  const rights: Finding[] =
    missing.length === 0
      ? []
      : [{ level: 'warning', subject: 'firewall', message: `this process lacks ${missing.join(', ')}` }]
  try {
    const { notes, ...size } = rehearseFirewall(resolveAddressFacts(policy, await geoFor(policy, config)), firewall)
    const findings = [sizeInWords(size), ...notes].map((message): Finding => ({
      level: 'ok',
      subject: 'firewall',
      message,
    }))
    return [...rights, ...findings]
  } catch (error) {
    return [...rights, failure('firewall', error)]
  }
}

function sizeInWords({ backend, rules, instructions, memoryBytes }: Omit<FirewallSize, 'notes'>): string {
  const memory = `${(memoryBytes / 2 ** 20).toFixed(1)} MiB`
  return backend === 'xdp'
    ? `eBPF (XDP): ${counted(rules, 'rule')}, ${instructions} instructions, ${memory} in the kernel`
    : `nftables: ${counted(rules, 'rule')} in ${instructions} of nftables, about ${memory} in the kernel at most`
}

function checkWaf(config: Config, policy: LoadedPolicy['policy']): readonly Finding[] {
  if (config.edge.sites.length === 0) return []
  try {
    const { crs, staged, warnings } = loadWaf(config, policy)
    const modes = config.edge.sites.map(({ name, waf }) => `${name} ${wafInWords(waf)}`).join('; ')
    return [
      { level: 'ok', subject: 'waf', message: modes },
      ...warnings.map(wafWarning),
      ...[crs, staged].flatMap((rules) => (rules === undefined ? [] : ruleSetFindings(rules))),
    ]
  } catch (error) {
    return [failure('waf', error)]
  }
}

function ruleSetFindings({ directory, source, signatures, ruleCount, warnings }: CrsRules): readonly Finding[] {
  const names = signatures.length === 0 ? 'without a signature' : signatures.join(', ')
  const message = `crs: ${directory} (${source}): ${names}, ${counted(ruleCount, 'rule')}`
  return [{ level: 'ok', subject: 'waf', message }, ...warnings.map(wafWarning)]
}

function wafWarning(problem: Problem): Finding {
  return { level: 'warning', subject: 'waf', message: formatProblem(problem) }
}

function wafInWords({ mode, ruleSets }: Config['edge']['sites'][number]['waf']): string {
  return mode === 'off' ? 'off' : `${mode} with ${ruleSets.length === 0 ? 'no rules' : ruleSets.join(', ')}`
}

function checkCertificates(config: Config): readonly Finding[] {
  const files = config.edge.certificates
  if (files.length === 0) return []
  try {
    const { warnings } = new CertificateStore(files, new Uint8Array(TICKET_KEY_BYTES))
    return [
      { level: 'ok', subject: 'certificates', message: `${files.length} loaded` },
      ...warnings.map(({ file, detail }): Finding => ({
        level: 'warning',
        subject: 'certificates',
        message: `${file}: ${detail}`,
      })),
    ]
  } catch (error) {
    return [failure('certificates', error)]
  }
}

function checkTokens({ console, edge }: Config): readonly Finding[] {
  const secrets = console.tokens.map(({ name, secretEnv }) => ({ subject: 'console.tokens', name, secretEnv }))
  const { testTokenEnv } = edge
  if (testTokenEnv !== undefined) {
    secrets.push({ subject: 'edge.testTokenEnv', name: 'the test client', secretEnv: testTokenEnv })
  }
  return secrets
    .filter(({ secretEnv }) => (process.env[secretEnv] ?? '') === '')
    .map(({ subject, name, secretEnv }) => ({
      level: 'warning',
      subject,
      message: `"${name}" is off as long as the variable ${secretEnv} is not set`,
    }))
}

function checkData(config: Config): readonly Finding[] {
  const existing = nearestExisting(config.dataDirectory)
  try {
    accessSync(existing, constants.W_OK | constants.X_OK)
    return [{ level: 'ok', subject: 'data', message: `${config.dataDirectory} can be written` }]
  } catch (error) {
    return [{ level: 'error', subject: 'data', message: `${existing} cannot be written: ${messageOf(error)}` }]
  }
}

function nearestExisting(path: string): string {
  const parent = dirname(path)
  return existsSync(path) || parent === path ? path : nearestExisting(parent)
}

async function checkPorts(config: Config): Promise<readonly Finding[]> {
  const holder = lockHolder(config.dataDirectory)
  if (holder !== undefined) {
    return [{ level: 'ok', subject: 'ports', message: `not tried: process ${holder} runs with this data directory` }]
  }
  const { problems } = await checkListenAddresses(config)
  if (problems.length === 0) return [{ level: 'ok', subject: 'ports', message: 'all addresses can be listened on' }]
  return problems.map(({ setting, error }) => ({ level: 'error', subject: setting, message: error.describe() }))
}

function failure(subject: string, error: unknown): Finding {
  if (!(error instanceof TidegateError)) throw error
  return { level: 'error', subject, message: error.describe() }
}

function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`
}

const LEVEL_STYLE = { ok: 'green', warning: 'yellow', error: 'red' } as const

function findingLine({ level, subject, message }: Finding): string {
  return `${style(LEVEL_STYLE[level], level.padEnd(8))}${subject}: ${message}\n`
}
