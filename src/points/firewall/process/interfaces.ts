import { readdirSync, readFileSync } from 'node:fs'
import { TidegateError } from '#kernel'

const INTERFACES = '/sys/class/net'

/** The number of a network interface. @throws TidegateError ERR_USAGE that names the interfaces there are */
export function interfaceIndex(name: string): number {
  try {
    return Number(readFileSync(`${INTERFACES}/${name}/ifindex`, 'latin1'))
  } catch (error) {
    throw new TidegateError('ERR_USAGE', `there is no network interface ${name}`, {
      source: 'environment',
      remedy: `This machine has ${readdirSync(INTERFACES).join(', ')}.`,
      cause: error,
    })
  }
}

/** The name of a network interface; its number when there is none of that number any more. */
export function interfaceName(index: number): string {
  const name = readdirSync(INTERFACES).find((each) => indexOf(each) === index)
  return name ?? `interface ${index}`
}

function indexOf(name: string): number | undefined {
  try {
    return Number(readFileSync(`${INTERFACES}/${name}/ifindex`, 'latin1'))
  } catch {
    // A file that stands beside the interfaces, or one that just went away.
    return undefined
  }
}
