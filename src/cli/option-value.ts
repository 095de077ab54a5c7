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
