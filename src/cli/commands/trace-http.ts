import { Command } from 'commander'
import { onRun } from '../command.ts'

/** `tidegate trace http METHOD URL`. */
export function traceHttpCommand(): Command {
  const command = new Command('http')
    .description('explain what the policy files would decide about a request, without sending it')
    .argument('<method>', 'request method, such as GET')
    .argument('<url>', 'absolute URL, taken as written')
    .option('-H, --header <field>', "header field 'Name: value'; may be given several times", collect, [])
    .option('-d, --data <text>', 'content of the request; a form unless a header gives another Content-Type')
    .option('--ip <address>', 'client address', '127.0.0.1')
    .option('-c, --config <file>', 'configuration (default: ./tidegate.yaml)')
    .option('--json', 'print JSON')
  return onRun(command, async () => (await import('../run/trace-http.ts')).runTraceHttp)
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}
