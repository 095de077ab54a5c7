import { explanationJson, wafReportOf } from '#api'
import { type Config, loadPolicy } from '#config'
import { explainPolicy, judgementOf } from '#decide'
import { TidegateError } from '#kernel'
import { EDGE_READERS } from '#points'
import { type IpAddress, parseIp, type RequestHead } from '#wire'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { localConfig } from '../local-config.ts'
import { explanationText } from '../output/explain-tree.ts'
import { printable } from '../output/printable.ts'
import { styleVerdict } from '../output/style.ts'
import { wafText } from '../output/waf-text.ts'
import { traceContext } from '../trace/context.ts'
import { describeRequest } from '../trace/request.ts'

interface TraceHttpOptions {
  readonly header: readonly string[]
  readonly data?: string
  readonly ip: string
  readonly config?: string
  readonly json?: boolean
}

/** Does what `tidegate trace http METHOD URL` says. */
export async function runTraceHttp(method: string, url: string, options: TraceHttpOptions): Promise<ExitCode> {
  const config = localConfig(options.config)
  const request = describeRequest(
    { method, url, headers: options.header, body: options.data ?? '' },
    config.edge.limits,
  )
  if (!request.ok) {
    const { status, fault, detail } = request.refusal
    const answer = { verdict: 'refuse', status, fault, why: detail }
    process.stdout.write(
      options.json === true
        ? `${JSON.stringify(answer, null, 2)}\n`
        : `${styleVerdict('refuse')} with ${status} before any rule is asked: ${printable(detail)} (${fault})\n`,
    )
    return EXIT.ok
  }
  return explain({ ...request, client: parseClient(options.ip) }, config, options.json === true)
}

async function explain(
  request: Parameters<typeof traceContext>[0] & { readonly head: RequestHead },
  config: Config,
  json: boolean,
): Promise<ExitCode> {
  const { policy } = loadPolicy(config.policyDirectory, { config })
  const { facts, recorded, decision } = await traceContext(request, config, policy)
  const source = { readers: EDGE_READERS, recorded, judgement: judgementOf(decision) }
  const trace = explainPolicy(policy, source, facts, Date.now())
  const explanation = explanationJson(trace)
  const waf = wafReportOf((name) => EDGE_READERS.read[name]?.(facts), decision)
  if (json) {
    process.stdout.write(`${JSON.stringify({ site: facts.siteName ?? null, ...explanation, waf }, null, 2)}\n`)
    return EXIT.ok
  }
  const site = facts.siteName === undefined ? 'no site serves this host' : `site ${facts.siteName}`
  process.stdout.write(
    `${printable(request.head.method)} ${printable(facts.host ?? '')}${printable(facts.uri ?? '')}: ${site}\n`,
  )
  process.stdout.write(explanationText(explanation))
  if (waf !== undefined) process.stdout.write(`\n${wafText(waf)}`)
  return EXIT.ok
}

function parseClient(text: string): IpAddress {
  const address = parseIp(text)
  if (address !== undefined) return address
  throw new TidegateError('ERR_USAGE', `--ip "${text}" is no IP address`, {
    source: 'client',
    remedy: 'Give for example --ip 192.0.2.1.',
  })
}
