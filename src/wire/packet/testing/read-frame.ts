import { LINK_TYPE } from '../../pcap/link-type.ts'
import { Packet } from '../packet.ts'
import type { PacketView } from '../packet-parts.ts'

/** A packet read from a frame that stands between bytes of something else. */
export function readFrame(frame: Buffer, view: PacketView = 'deep', linkType: number = LINK_TYPE.ethernet): Packet {
  const surrounded = Buffer.concat([Buffer.alloc(7, 0x45), frame, Buffer.alloc(9, 0x66)])
  const packet = new Packet(view)
  packet.read(surrounded, 7, 7 + frame.length, linkType)
  return packet
}

/** The bytes of the payload as hexadecimal digits; undefined without one. */
export function payloadOf(packet: Packet): string | undefined {
  return packet.payloadStart < 0 ? undefined : packet.bytes.toString('hex', packet.payloadStart, packet.payloadEnd)
}
