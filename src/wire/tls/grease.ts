/** GREASE values are 0x0A0A, 0x1A1A, ... 0xFAFA (RFC 8701): chosen at random, so they say nothing about the client. */
export function isNoGrease(value: number): boolean {
  return (value & 0x0f0f) !== 0x0a0a || value >> 8 !== (value & 0xff)
}
