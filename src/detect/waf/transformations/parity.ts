import { outputBytes, outputText } from './byte-output.ts'

const PARITY_BIT = 0x80

/** Sets the eighth bit of each byte where the number of its bits is odd, and clears it elsewhere. */
export function parityEven7bit(text: string): string {
  return withParity(text, 1)
}

/** Sets the eighth bit of each byte where the number of its bits is even, and clears it elsewhere. */
export function parityOdd7bit(text: string): string {
  return withParity(text, 0)
}

function withParity(text: string, wanted: number): string {
  const output = outputBytes(text.length)
  for (let at = 0; at < text.length; at++) {
    const byte = text.charCodeAt(at)
    output[at] = parityOf(byte) === wanted ? byte | PARITY_BIT : byte & ~PARITY_BIT
  }
  return outputText(output, text.length)
}

/** 1 when an odd number of bits is set. */
function parityOf(byte: number): number {
  let bits = byte ^ (byte >> 4)
  bits ^= bits >> 2
  bits ^= bits >> 1
  return bits & 1
}

const HIGH_BYTE = /[\x80-\xff]/

/** Clears the eighth bit of each byte. */
export function parityZero7bit(text: string): string {
  if (!HIGH_BYTE.test(text)) return text
  const output = outputBytes(text.length)
  for (let at = 0; at < text.length; at++) output[at] = text.charCodeAt(at) & ~PARITY_BIT
  return outputText(output, text.length)
}
