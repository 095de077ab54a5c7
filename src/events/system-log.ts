import { RayMaker, wallClockMicros } from '#kernel'
import type { SystemEvent, SystemLevel } from './event.ts'
import { COLUMN_END, columnText, ROW_END } from './row-text.ts'
import type { SpoolUsage } from './spool-usage.ts'
import { SpoolWriter } from './spool-writer.ts'
import { createWriterName, retireWriterName } from './writer-name.ts'

/**
 * Writes system events to the spool. One a thread. They are few and say why others are missing, so they are written
 * also when the spool's budget is used up.
 */
export class SystemLog {
  readonly #rays = new RayMaker()
  readonly #name = createWriterName()
  readonly #writer: SpoolWriter

  constructor(usage: SpoolUsage) {
    this.#writer = new SpoolWriter({ kind: 'system', writer: this.#name, usage })
  }

  /** Returns the ray of the event. `code` is kebab-case and stable; facts hold no secrets. */
  report(level: SystemLevel, code: string, message: string, facts: SystemEvent['facts'] = {}): string {
    const event = { ray: this.#rays.next(), timeMicros: wallClockMicros(), level, code, message, facts }
    this.#writer.append(encodeSystemEvent(event))
    return event.ray
  }

  async close(): Promise<void> {
    await this.#writer.close()
    if (this.#writer.fault === undefined) retireWriterName(this.#name)
  }
}

/** The row of a system event, in the order of `COLUMNS.system`. */
function encodeSystemEvent(event: SystemEvent): string {
  return (
    [
      event.timeMicros,
      event.ray,
      event.level,
      columnText(event.code),
      columnText(event.message),
      columnText(JSON.stringify(event.facts)),
    ].join(COLUMN_END) + ROW_END
  )
}
