import { ETHER_TYPE } from '../numbers.ts'

interface EthernetHeader {
  /** Six bytes as hexadecimal digits with colons. */
  readonly source?: string
  readonly destination?: string
  readonly type?: number
  /** VLAN numbers from the outside in; of several the outer ones are service tags. */
  readonly vlans?: readonly number[]
}

const SMALLEST_FRAME_BYTES = 60

/** An Ethernet frame around an IP packet, or around anything with a `type`; short ones are padded as on the wire. */
export function ethernet(packet: Buffer, header: EthernetHeader = {}): Buffer {
  const { vlans = [] } = header
  const type = header.type ?? (packet[0] >> 4 === 6 ? ETHER_TYPE.ipv6 : ETHER_TYPE.ipv4)
  const tags = vlans.map((vlan, index) =>
    words(index === vlans.length - 1 ? ETHER_TYPE.vlan : ETHER_TYPE.serviceVlan, vlan),
  )
  const addresses = [header.destination ?? '02:00:00:00:00:02', header.source ?? '02:00:00:00:00:01']
  const head = [...addresses.map((text) => Buffer.from(text.replaceAll(':', ''), 'hex')), ...tags, words(type)]
  const frame = Buffer.concat([...head, packet])
  if (frame.length >= SMALLEST_FRAME_BYTES) return frame
  return Buffer.concat([frame, Buffer.alloc(SMALLEST_FRAME_BYTES - frame.length)])
}

/** Numbers of 16 bits in network order. */
export function words(...numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(numbers.length * 2)
  for (const [index, number] of numbers.entries()) bytes.writeUInt16BE(number, index * 2)
  return bytes
}
