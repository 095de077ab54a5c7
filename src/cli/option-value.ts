import { InvalidArgumentError } from 'commander'

/** Reads an option that must be a whole number of at least 1. */
export function positiveInteger(text: string): number {
  const value = Number(text)
  if (/^\d{1,9}$/.test(text) && value >= 1) return value
  throw new InvalidArgumentError('It must be a whole number of at least 1.')
}
