import type { Reader } from '#fields'
import type { Packet } from '#wire'

/** Reads one field of a packet. */
export type PacketReader = Reader<Packet>

/** Parts of a packet say with a negative number that they are not there. */
export function present(value: number): number | undefined {
  return value < 0 ? undefined : value
}
