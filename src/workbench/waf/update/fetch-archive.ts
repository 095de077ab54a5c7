import { readFileSync, statSync } from 'node:fs'
import { messageOf, TidegateError } from '#kernel'

const MAX_ARCHIVE_BYTES = 64 * 1024 * 1024
const TIMEOUT_MS = 120_000

/**
 * The bytes of an archive from a file or a URL: https, or http on this machine only.
 * @param onProgress gets the bytes that have come so far, and how many there will be when the server says so
 * @throws TidegateError ERR_ARCHIVE_UNREADABLE
 */
export async function fetchArchive(
  from: string,
  onProgress: (receivedBytes: number, totalBytes: number | undefined) => void,
): Promise<Uint8Array> {
  if (!/^https?:\/\//i.test(from)) return readLocal(from)
  const url = parseUrl(from)
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'follow' })
    if (!response.ok) throw unreadable(from, `the server answered ${response.status}`)
    requireSafe(new URL(response.url), from)
    return await readBody(response, from, onProgress)
  } catch (error) {
    if (error instanceof TidegateError) throw error
    throw unreadable(from, messageOf(error instanceof Error ? (error.cause ?? error) : error))
  }
}

function readLocal(file: string): Uint8Array {
  try {
    const { size } = statSync(file)
    if (size > MAX_ARCHIVE_BYTES) throw new Error(`it is larger than ${MAX_ARCHIVE_BYTES} bytes`)
    return readFileSync(file)
  } catch (error) {
    throw unreadable(file, messageOf(error))
  }
}

function parseUrl(text: string): URL {
  if (!URL.canParse(text)) throw unreadable(text, 'it is no URL')
  const url = new URL(text)
  requireSafe(url, text)
  return url
}

/** Rules decide what reaches the applications: they never come over a line that others can change. */
function requireSafe(url: URL, from: string): void {
  const local = ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && local)) {
    throw unreadable(from, 'only https is trusted with rules')
  }
}

async function readBody(
  response: Response,
  from: string,
  onProgress: (receivedBytes: number, totalBytes: number | undefined) => void,
): Promise<Uint8Array> {
  const declared = Number(response.headers.get('content-length') ?? Number.NaN)
  const totalBytes = Number.isInteger(declared) ? declared : undefined
  const pieces: Uint8Array[] = []
  let receivedBytes = 0
  for await (const piece of response.body ?? []) {
    receivedBytes += piece.length
    if (receivedBytes > MAX_ARCHIVE_BYTES) throw unreadable(from, `it is larger than ${MAX_ARCHIVE_BYTES} bytes`)
    pieces.push(piece)
    onProgress(receivedBytes, totalBytes)
  }
  return Buffer.concat(pieces)
}

function unreadable(from: string, why: string): TidegateError {
  return new TidegateError('ERR_ARCHIVE_UNREADABLE', `${from} cannot be read: ${why}`, {
    source: 'environment',
    retry: true,
    remedy: 'Check the path or the URL; behind a proxy, download the archive and name the file.',
  })
}
