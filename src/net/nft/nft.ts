import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { TidegateError } from '#kernel'

/** Where `nft` is when PATH, as a service has it, does not lead there. */
const SYSTEM_FOLDERS = '/usr/sbin:/sbin:/usr/local/sbin'
const MESSAGE_BYTES = 16_384

interface Outcome {
  readonly status: number | null
  readonly output: string
  readonly messages: string
}

/**
 * Runs a script of nftables as one transaction: all of it, or nothing.
 *
 * @throws TidegateError ERR_NFTABLES_FAILED with what nft said
 */
export async function applyNft(script: string): Promise<void> {
  checked(await run(['-f', '-'], script))
}

/** Says whether a script could be run, without running it: undefined, or what nft has against it. */
export async function refusalOfNft(script: string): Promise<string | undefined> {
  const { status, messages } = await run(['-c', '-f', '-'], script)
  return status === 0 ? undefined : messages.trim()
}

/**
 * Lists what is in the kernel, such as `['table', 'netdev', 'tidegate']`: the objects of nft's JSON.
 *
 * @throws TidegateError ERR_NFTABLES_FAILED
 */
export async function listNft(what: readonly string[]): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const output = checked(await run(['-j', 'list', ...what], ''))
  const { nftables } = JSON.parse(output) as { nftables: readonly Readonly<Record<string, unknown>>[] }
  return nftables
}

function checked({ status, output, messages }: Outcome): string {
  if (status === 0) return output
  const isForbidden = messages.includes('Operation not permitted')
  throw new TidegateError('ERR_NFTABLES_FAILED', `nft: ${messages.trim() || `ended with ${status}`}`, {
    source: 'environment',
    remedy: isForbidden
      ? 'Run the firewall as root, or give it CAP_NET_ADMIN.'
      : 'Compare the versions of nft and of the kernel; `tidegate rule compile --target nft` shows the rules.',
  })
}

function run(args: readonly string[], input: string): Promise<Outcome> {
  const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:${SYSTEM_FOLDERS}`, LC_ALL: 'C' }
  const child = spawn('nft', args, { env, stdio: 'pipe' })
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>()
  const output: Buffer[] = []
  let messages = ''
  child.stdout.on('data', (bytes: Buffer) => output.push(bytes))
  child.stderr.on('data', (bytes: Buffer) => {
    if (messages.length < MESSAGE_BYTES) messages += bytes.toString('utf8')
  })
  child.on('error', (cause) => reject(missing(cause)))
  child.on('close', (status) => resolve({ status, output: Buffer.concat(output).toString('utf8'), messages }))
  write(child, input)
  return promise
}

/** nft may end before it has read everything: what it says is in its messages. */
function write(child: ChildProcessWithoutNullStreams, input: string): void {
  child.stdin.on('error', () => child.stdin.destroy())
  child.stdin.end(input)
}

function missing(cause: Error): TidegateError {
  return new TidegateError('ERR_NFTABLES_FAILED', `nft cannot be started: ${cause.message}`, {
    source: 'environment',
    remedy: 'Install nftables (Debian: nftables).',
    cause,
  })
}
