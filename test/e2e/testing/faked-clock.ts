import { readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { eventually } from './tidegate-process.ts'

/** Debian's libfaketime for programs with threads, undefined when it is not installed. */
export function fakeTimeLibrary(): string | undefined {
  for (const folder of folders('/usr/lib')) {
    const library = folders(path.join('/usr/lib', folder, 'faketime')).find((name) => name.startsWith('libfaketimeMT'))
    if (library !== undefined) return path.join('/usr/lib', folder, 'faketime', library)
  }
  return undefined
}

function folders(parent: string): string[] {
  try {
    return readdirSync(parent)
  } catch {
    return [] // not there
  }
}

/** A wall clock of one process and all its threads that a test can set; its monotonic clock runs on as it is. */
export class FakedClock {
  readonly #file: string
  readonly env: Readonly<Record<string, string>>

  constructor(folder: string, library: string) {
    this.#file = path.join(folder, 'clock')
    writeFileSync(this.#file, '+0')
    this.env = {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    }
  }

  /** Sets the clock so many seconds off, and waits until `now` (of the process, in milliseconds) shows it. */
  async jump(offsetSeconds: number, now: () => Promise<number>): Promise<void> {
    writeFileSync(this.#file, `${offsetSeconds < 0 ? '' : '+'}${offsetSeconds}`)
    await eventually(`a clock that is ${offsetSeconds} s off`, async () =>
      Math.abs((await now()) - Date.now() - offsetSeconds * 1000) < 60_000 ? true : undefined,
    )
  }
}
