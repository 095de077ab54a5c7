import { TidegateError } from '#kernel'
import { errorName } from '../socket-calls.ts'

/** What the kernel answered instead of doing it. */
export function captureFailure(what: string, error: number): TidegateError {
  const name = errorName(error)
  return new TidegateError('ERR_CAPTURE_FAILED', `${what}: ${name}`, {
    source: 'environment',
    ...(name === 'EPERM' && { remedy: 'Run it as root, or give Node CAP_NET_RAW.' }),
  })
}
