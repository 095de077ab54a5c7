import { InvalidArgumentError } from 'commander'

/** Reads an option that must be a whole number of at least 1. */
export function positiveInteger(text: string): number {
  const value = Number(text)
  if (/^\d{1,9}$/.test(text) && value >= 1) return value
  throw new InvalidArgumentError('It must be a whole number of at least 1.')
}

/** Reads an option that must be a share in percent. */
export function percent(text: string): number {
  const value = Number.parseFloat(text)
  if (/^\d{1,3}(?:\.\d{1,6})?%?$/.test(text) && value <= 100) return value
  throw new InvalidArgumentError('It must be a number from 0 to 100.')
}

const SIZE_FACTORS: Readonly<Record<string, number>> = {
  '': 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
}

/** Reads an option that must be a size: a number of bytes, or with kB, MB, GB, KiB, MiB, GiB. */
export function sizeBytes(text: string): number {
  const [, digits, unit = ''] = /^(\d{1,9})([kMGi]*B)?$/.exec(text) ?? []
  const size = Number(digits) * (SIZE_FACTORS[unit] ?? Number.NaN)
  if (Number.isSafeInteger(size) && size >= 1) return size
  throw new InvalidArgumentError('It must be a size such as 64MiB.')
}

/** Takes an option that may be given more than once. What follows its value is no further value, but an argument. */
export function oneMore(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text]
}
