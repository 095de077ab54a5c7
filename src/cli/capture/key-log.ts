import { readFileSync } from 'node:fs'
import { messageOf, TidegateError } from '#kernel'

/** Reads the file that programs write secrets of TLS sessions to. @throws TidegateError ERR_USAGE when it cannot be read */
export function readKeyLog(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new TidegateError('ERR_USAGE', `the key log cannot be read: ${messageOf(error)}`, {
      source: 'environment',
      remedy: 'Give the file that SSLKEYLOGFILE named when the client ran.',
      cause: error,
    })
  }
}
