import type { Readers } from '#fields'
import type { Packet } from '#wire'
import { FRAME_READERS } from './frame-readers.ts'
import { IP_READERS } from './ip-readers.ts'
import { TCP_READERS } from './tcp-readers.ts'
import { TRANSPORT_READERS } from './transport-readers.ts'

/** How rules read the fields of a packet, in the firewall and in captures alike; the packet's view makes the difference. */
export const PACKET_READERS: Readers<Packet> = {
  read: { ...FRAME_READERS, ...IP_READERS, ...TCP_READERS, ...TRANSPORT_READERS },
}
