import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { TokenRing, type TokenSecret } from '#api'
import type { Config } from '#config'
import { CLI_TOKEN_FILE, CONSOLE_URL_FILE, consoleUrl } from '../client/connect.ts'

const GUESSABLE_CHARACTERS = 16

/** Who may use the API, and how the command line on this machine finds it. */
export class ConsoleAccess {
  readonly tokens: TokenRing
  /** Tokens of the configuration that cannot be used, or should not. */
  readonly warnings: readonly string[]
  readonly #config: Config
  readonly #dataDirectory: string
  readonly #cliSecret = randomBytes(32).toString('base64url')

  constructor(config: Config, dataDirectory: string) {
    this.#config = config
    this.#dataDirectory = dataDirectory
    const warnings: string[] = []
    const secrets: TokenSecret[] = [{ name: 'command line', secret: this.#cliSecret, scopes: ['admin'] }]
    for (const { name, secretEnv, scopes } of config.console.tokens) {
      const secret = process.env[secretEnv] ?? ''
      if (secret === '') {
        warnings.push(`console.tokens: "${name}" is off: the variable ${secretEnv} is not set`)
        continue
      }
      secrets.push({ name, secret, scopes })
      if (secret.length < GUESSABLE_CHARACTERS) {
        warnings.push(
          `console.tokens: "${name}" can be guessed: ${secretEnv} has less than ${GUESSABLE_CHARACTERS} characters`,
        )
      }
    }
    this.tokens = new TokenRing(secrets)
    this.warnings = warnings
  }

  /** Writes token and address for the command line, readable by this user only. Returns the address. */
  publish(port: number): string {
    const url = consoleUrl({ host: this.#config.console.listen.host, port })
    for (const [name, text] of [
      [CLI_TOKEN_FILE, this.#cliSecret],
      [CONSOLE_URL_FILE, url],
    ] as const) {
      // Removed first: the mode of an existing file would stay as it is.
      rmSync(join(this.#dataDirectory, name), { force: true })
      writeFileSync(join(this.#dataDirectory, name), `${text}\n`, { flag: 'wx', mode: 0o600 })
    }
    return url
  }

  withdraw(): void {
    for (const name of [CLI_TOKEN_FILE, CONSOLE_URL_FILE]) rmSync(join(this.#dataDirectory, name), { force: true })
  }
}
