export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 }

/** Facts that go with a message; never secrets. */
export type LogFacts = Readonly<Record<string, string | number | boolean | undefined>>

/**
 * Writes one line a message to standard error: readable text on a terminal, JSON lines otherwise.
 * Operational messages only; what happens to traffic is an event.
 */
export class Logger {
  readonly #threshold: number
  readonly #json: boolean
  readonly #write: (line: string) => void

  constructor(
    threshold: LogLevel = 'info',
    json: boolean = !process.stderr.isTTY,
    write: (line: string) => void = (line) => process.stderr.write(line),
  ) {
    this.#threshold = RANK[threshold]
    this.#json = json
    this.#write = write
  }

  debug(message: string, facts?: LogFacts): void {
    this.#log('debug', message, facts)
  }

  info(message: string, facts?: LogFacts): void {
    this.#log('info', message, facts)
  }

  warn(message: string, facts?: LogFacts): void {
    this.#log('warn', message, facts)
  }

  error(message: string, facts?: LogFacts): void {
    this.#log('error', message, facts)
  }

  #log(level: LogLevel, message: string, facts: LogFacts = {}): void {
    if (RANK[level] < this.#threshold) return
    const time = new Date().toISOString()
    if (this.#json) {
      this.#write(`${JSON.stringify({ time, level, message, ...facts })}\n`)
      return
    }
    const tail = Object.entries(facts)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => ` ${key}=${String(value)}`)
      .join('')
    this.#write(`${time.slice(11, 19)} ${level.padEnd(5)} ${message}${tail}\n`)
  }
}
