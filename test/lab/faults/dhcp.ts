import { ethernet, ipv4, udp } from '../../../src/wire/packet/testing/index.ts'

const MAC = '02:00:00:00:00:aa'
const DISCOVER_OPTIONS = '63825363350101370401030f06ff'

/** A host that asks for an address (RFC 2131). */
export function dhcpDiscover(transaction: number): Buffer {
  const message = Buffer.alloc(300)
  message.set([1, 1, 6, 0])
  message.writeUInt32BE(transaction, 4)
  message.writeUInt16BE(0x8000, 10)
  Buffer.from(MAC.replaceAll(':', ''), 'hex').copy(message, 28)
  Buffer.from(DISCOVER_OPTIONS, 'hex').copy(message, 236)
  const packet = ipv4(
    { source: '0.0.0.0', destination: '255.255.255.255' },
    udp({ sourcePort: 68, destinationPort: 67, payload: message }),
  )
  return ethernet(packet, { source: MAC, destination: 'ff:ff:ff:ff:ff:ff' })
}
