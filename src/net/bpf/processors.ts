import { readFileSync } from 'node:fs'

const POSSIBLE_FILE = '/sys/devices/system/cpu/possible'

let possible: number | undefined

/**
 * How many processors the kernel may ever bring online: values kept for each processor come with a slot for each of these,
 * whatever is online now.
 */
export function possibleProcessors(): number {
  possible ??= countOf(readFileSync(POSSIBLE_FILE, 'latin1'))
  return possible
}

/** The number of processors in a list like `0-3,8`: slots run up to the last. */
export function countOf(list: string): number {
  const numbers = list.match(/\d+/g) ?? ['0']
  return Math.max(...numbers.map(Number)) + 1
}
