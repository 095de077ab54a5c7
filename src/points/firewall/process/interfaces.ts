import { TidegateError } from '#kernel'
import { listInterfaces } from '#net'

/** The number of a network interface. @throws TidegateError ERR_USAGE that names the interfaces there are */
export function interfaceIndex(name: string): number {
  const interfaces = listInterfaces()
  const found = interfaces.find((each) => each.name === name)
  if (found !== undefined) return found.index
  throw new TidegateError('ERR_USAGE', `there is no network interface ${name}`, {
    source: 'environment',
    remedy: `This machine has ${interfaces.map((each) => each.name).join(', ')}.`,
  })
}
