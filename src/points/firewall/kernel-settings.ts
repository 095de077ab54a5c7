import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { networkCookie } from '#net'

/** What a setting was before we changed it, and what we made of it. */
interface Changed {
  readonly before: string
  readonly ours: string
}

type Changes = Map<string, Changed>

/** It is gone when the machine starts anew, and so are the changes of settings. */
const FOLDER = '/run/tidegate'
const BOOT_ID = '/proc/sys/kernel/random/boot_id'

/** Settings that this process needs as it made them. */
const needed = new Set<string>()

/**
 * Changes a setting of the kernel, such as `net/ipv4/tcp_syncookies`, and remembers what it was, also for when this process
 * is killed: the next one, or `tidegate firewall off`, puts it back. What cannot be written down is put back by this process
 * only.
 *
 * @throws an error of the file system where the setting cannot be read or changed
 */
export function changeSetting(name: string, value: string): void {
  const now = readSetting(name)
  const record = readRecord()
  const left = record.get(name)
  // Whoever changed it since then wants it that way.
  const before = left?.ours === now ? left.before : now
  if (before !== value) {
    record.set(name, { before, ours: value })
    writeRecord(record)
    if (now !== value) writeFileSync(pathOf(name), value)
  }
  needed.add(name)
}

/** Puts settings that this process, or one before it, changed back to what they were. Returns the names of those that are. */
function putBack(isMeant: (name: string) => boolean): readonly string[] {
  const record = readRecord()
  const outcomes = [...record]
    .filter(([name]) => isMeant(name))
    .map(([name, changed]) => [name, outcomeOf(name, changed)])
  // What cannot be put back now, another process may.
  const settled = outcomes.filter(([, outcome]) => outcome !== 'refused')
  for (const [name] of settled) record.delete(name)
  if (settled.length > 0) writeRecord(record)
  return outcomes.flatMap(([name, outcome]) => (outcome === 'restored' ? [name] : []))
}

/** Puts a setting back. What somebody else made of it since stays; one that is not there any more is forgotten. */
function outcomeOf(name: string, { before, ours }: Changed): 'restored' | 'other' | 'refused' {
  if (!existsSync(pathOf(name))) return 'other'
  try {
    if (readSetting(name) !== ours) return 'other'
    writeFileSync(pathOf(name), before)
    return 'restored'
  } catch {
    return 'refused'
  }
}

/** Puts a setting back that this process changed. */
export function restoreSetting(name: string): void {
  if (needed.delete(name)) putBack((each) => each === name)
}

/** Puts back what processes before this one changed, and this one does not need. */
export function restoreLeftSettings(): readonly string[] {
  return putBack((name) => !needed.has(name))
}

/** Whether some process changed settings that are not back yet. */
export function areSettingsChanged(): boolean {
  return readRecord().size > 0
}

/** Puts all settings back, whoever changed them. */
export function restoreAllSettings(): readonly string[] {
  needed.clear()
  return putBack(() => true)
}

function pathOf(name: string): string {
  return `/proc/sys/${name}`
}

function readSetting(name: string): string {
  return readFileSync(pathOf(name), 'latin1').trim()
}

/** What cannot be written to a file stands here. */
let unwritten: Changes | undefined

function recordFile(): string {
  return `${FOLDER}/kernel-settings-${networkCookie() ?? 'any'}.json`
}

function readRecord(): Changes {
  if (unwritten !== undefined) return new Map(unwritten)
  try {
    const { bootId, settings } = JSON.parse(readFileSync(recordFile(), 'utf8')) as StoredRecord
    return bootId === readBootId() ? new Map(Object.entries(settings)) : new Map()
  } catch {
    return new Map()
  }
}

/** What stands in the file. */
interface StoredRecord {
  readonly bootId: string
  readonly settings: Readonly<Record<string, Changed>>
}

/** Whoever is killed while writing leaves the file as it was. */
function writeRecord(record: Changes): void {
  try {
    if (record.size === 0) {
      rmSync(recordFile(), { force: true })
    } else {
      mkdirSync(FOLDER, { recursive: true, mode: 0o755 })
      const stored: StoredRecord = { bootId: readBootId(), settings: Object.fromEntries(record) }
      const draft = `${recordFile()}.${process.pid}`
      writeFileSync(draft, `${JSON.stringify(stored)}\n`, { mode: 0o600 })
      renameSync(draft, recordFile())
    }
    unwritten = undefined
  } catch {
    unwritten = record
  }
}

function readBootId(): string {
  return readFileSync(BOOT_ID, 'latin1').trim()
}
