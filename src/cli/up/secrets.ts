import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf, TidegateError } from '#kernel'

const REDACTION_KEY_BYTES = 32
/** Name, AES and HMAC part of the key that TLS session tickets are sealed with, as OpenSSL wants them. */
const TICKET_KEY_BYTES = 48

export interface Secrets {
  /** Kept for ever: equal values must get equal hashes in old and new events. */
  readonly redactionKey: Uint8Array
  /** New at each start and never on disk: who steals a disk cannot open recorded sessions. */
  readonly ticketKeys: Uint8Array
}

/** Reads the keys of this installation from `folder`, making them at the first start. */
export function loadSecrets(folder: string): Secrets {
  return {
    redactionKey: readOrMake(join(folder, 'redaction.key'), REDACTION_KEY_BYTES),
    ticketKeys: randomBytes(TICKET_KEY_BYTES),
  }
}

function readOrMake(path: string, sizeBytes: number): Uint8Array {
  try {
    // Exclusive, so that a key that exists is never written over.
    writeFileSync(path, randomBytes(sizeBytes), { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw broken(path, messageOf(error))
  }
  const key = readFileSync(path)
  if (key.length !== sizeBytes) throw broken(path, `it has ${key.length} bytes instead of ${sizeBytes}`)
  return new Uint8Array(key)
}

function broken(path: string, reason: string): TidegateError {
  return new TidegateError('ERR_DATA_DIRECTORY', `the key ${path} cannot be used: ${reason}`, {
    source: 'environment',
    remedy:
      'Restore it from a backup, or remove it: a new one is made, and hashed values of old events no longer compare.',
  })
}
