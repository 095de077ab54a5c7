import { Command } from 'commander'
import { VERSION } from '#api'
import { onRun } from '../command.ts'
import { EXIT } from '../exit-code.ts'

/** `tidegate version`. */
export function versionCommand(): Command {
  const command = new Command('version').description('print the version of Tidegate and of Node')
  return onRun(command, () => {
    process.stdout.write(`tidegate ${VERSION} (Node ${process.versions.node}, ${process.platform}-${process.arch})\n`)
    return EXIT.ok
  })
}
