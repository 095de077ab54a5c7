import type { Command } from 'commander'

/** The configuration that is meant when none is named, in the working directory. */
export const DEFAULT_CONFIG = 'tidegate.yaml'

/** How a command finds the running server. */
export interface ServerOptions {
  readonly config?: string
  readonly server?: string
  readonly token?: string
}

/** Adds the options that every command has which asks the running server. */
export function serverOptions(command: Command): Command {
  return command
    .option('-c, --config <file>', 'configuration of the server (default: ./tidegate.yaml, else the demo in ./data)')
    .option('--server <url>', 'address of the console instead, such as http://127.0.0.1:9090')
    .option('--token <token>', 'token for --server (better: the variable TIDEGATE_TOKEN)')
}

/** Adds the option of commands that work on the files of an installation, whether or not its server runs. */
export function configOption(command: Command): Command {
  return command.option('-c, --config <file>', 'configuration (default: ./tidegate.yaml, else the demo in ./data)')
}
