import { spawnSync } from 'node:child_process'
import { TidegateError } from '#kernel'

/** Where `nft` is when PATH, as a service has it, does not lead there. */
const SYSTEM_FOLDERS = '/usr/sbin:/sbin:/usr/local/sbin'
/** What nft says about a script may repeat lines of it. */
const MESSAGE_LENGTH = 2000
const OUTPUT_BYTES = 1 << 30

interface Outcome {
  readonly status: number | null
  readonly output: string
  readonly messages: string
}

/** An object of nft's JSON. */
export type NftObject = Readonly<Record<string, unknown>>

/**
 * Runs a script of nftables as one transaction: all of it, or nothing. Waits for it: some milliseconds, and more for sets
 * with many elements, which `SetElements` fills faster.
 *
 * @throws TidegateError ERR_NFTABLES_FAILED with what nft said
 */
export function applyNft(script: string): void {
  checked(run(['-f', '-'], script))
}

/** Says whether a script could be run, without running it: undefined, or what nft has against it. */
export function refusalOfNft(script: string): string | undefined {
  const { status, messages } = run(['-c', '-f', '-'], script)
  return status === 0 ? undefined : messages
}

/**
 * Lists what is in the kernel, such as `['table', 'netdev', 'tidegate']`: the objects of nft's JSON. With `isTerse` the
 * elements of sets are left out.
 *
 * @throws TidegateError ERR_NFTABLES_FAILED
 */
export function listNft(what: readonly string[], { isTerse = false } = {}): readonly NftObject[] {
  const output = checked(run([isTerse ? '-jt' : '-j', 'list', ...what], ''))
  const { nftables } = JSON.parse(output) as { nftables: readonly NftObject[] }
  return nftables
}

function checked({ status, output, messages }: Outcome): string {
  if (status === 0) return output
  const isForbidden = messages.includes('Operation not permitted')
  throw new TidegateError('ERR_NFTABLES_FAILED', `nft: ${messages === '' ? `ended with ${status}` : messages}`, {
    source: 'environment',
    remedy: isForbidden
      ? 'Run the firewall as root, or give it CAP_NET_ADMIN.'
      : 'Compare the versions of nft and of the kernel; `tidegate rule compile --target nft` shows the rules.',
  })
}

function run(args: readonly string[], input: string): Outcome {
  const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:${SYSTEM_FOLDERS}`, LC_ALL: 'C' }
  const { status, stdout, stderr, error } = spawnSync('nft', args, { env, input, maxBuffer: OUTPUT_BYTES })
  if (error !== undefined && isMissing(error)) throw missing(error)
  const messages = stderr.toString('utf8', 0, MESSAGE_LENGTH).trim()
  return { status, output: stdout.toString('utf8'), messages }
}

/** nft may end before it has read everything; what it says about that is in its messages. */
function isMissing(error: Error): boolean {
  return 'code' in error && error.code !== 'EPIPE'
}

function missing(cause: Error): TidegateError {
  return new TidegateError('ERR_NFTABLES_FAILED', `nft cannot be started: ${cause.message}`, {
    source: 'environment',
    remedy: 'Install nftables (Debian: nftables).',
    cause,
  })
}
