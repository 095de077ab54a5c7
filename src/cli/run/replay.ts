import { connect } from '../client/connect.ts'
import type { ServerOptions } from '../client/server-options.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { askReplay, givenRule } from '../replay/ask-replay.ts'
import { replayText } from '../replay/replay-text.ts'

interface ReplayOptions extends ServerOptions {
  readonly rule: string
  readonly action?: string
  readonly phase?: string
  readonly since: string
  readonly until?: string
  readonly json?: boolean
}

/** Does what `tidegate replay --rule RULE` says. */
export async function runReplay(options: ReplayOptions): Promise<ExitCode> {
  const { since, until, action, phase } = options
  const answer = await askReplay(connect(options), givenRule(options.rule), { since, until, action, phase })
  process.stdout.write(options.json === true ? `${JSON.stringify(answer, null, 2)}\n` : replayText(answer))
  return EXIT.ok
}
