import { VERSION } from '#kernel'
import { EXIT, type ExitCode } from '../exit-code.ts'

/** Does what `tidegate version` says. */
export function runVersion(): ExitCode {
  process.stdout.write(`tidegate ${VERSION} (Node ${process.versions.node}, ${process.platform}-${process.arch})\n`)
  return EXIT.ok
}
