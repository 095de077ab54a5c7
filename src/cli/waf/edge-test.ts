import { TidegateError } from '#kernel'
import { type CorpusRequest, RemoteJudge } from '#workbench'
import { runCorpus } from './run-corpus.ts'
import type { TestedSubject } from './tested-subject.ts'

export interface EdgeTestOptions {
  /** As written on the command line. */
  readonly url: string
  /** Host to ask for; that of the URL without it. */
  readonly host: string | undefined
  readonly tokenEnv: string | undefined
  readonly verify: boolean
}

/** Sends a corpus over the network to a running edge. */
export async function testEdge(requests: readonly CorpusRequest[], options: EdgeTestOptions): Promise<TestedSubject> {
  const url = checkedUrl(options.url)
  const { tokenEnv, host = url.host } = options
  const fields = ['Connection', 'close', ...(tokenEnv === undefined ? [] : ['Tidegate-Test', requireSecret(tokenEnv)])]
  const settings =
    tokenEnv === undefined ? 'running; without --token-env it does not tell which rules match' : 'running'
  process.stderr.write(`what ${url.origin} lets pass reaches the application behind it\n`)
  const judge = new RemoteJudge(url, { verify: options.verify })
  return runCorpus({ subject: url.origin, settings }, judge, requests, { host, fields })
}

function checkedUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url !== undefined && (url.protocol === 'http:' || url.protocol === 'https:')) return url
  throw new TidegateError('ERR_USAGE', `--url "${text}" is no URL of an edge`, {
    source: 'client',
    remedy: 'Give for example --url http://127.0.0.1:8080.',
  })
}

function requireSecret(name: string): string {
  const secret = process.env[name]
  if (secret !== undefined && /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(secret)) return secret
  const fault = secret === undefined || secret === '' ? 'is not set' : 'holds more than one line of plain text'
  throw new TidegateError('ERR_USAGE', `the variable ${name} ${fault}`, {
    source: 'environment',
    remedy: 'Set it to the secret that the edge has in the variable of edge.testTokenEnv.',
  })
}
