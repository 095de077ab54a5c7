import { type CapturedPacket, LINK_TYPE, Packet } from '#wire'

const MACS_BYTES = 12
const TYPE_BYTES = 2

/** Cooked captures have an EtherType, with what it announces somewhere behind it. */
const COOKED: ReadonlyMap<number, { readonly type: number; readonly payload: number }> = new Map([
  [LINK_TYPE.linuxCooked, { type: 14, payload: 16 }],
  [LINK_TYPE.linuxCooked2, { type: 0, payload: 20 }],
])

/** EtherTypes by version of IP. */
const IP_TYPES: Readonly<Record<number, number>> = { 4: 0x0800, 6: 0x86dd }

const packet = new Packet('outer')

/**
 * The Ethernet frame as an interface would have received it: what the capture left out is filled up with zeros, and packets
 * that were captured without an Ethernet header get one with zeros as addresses. A text says why there is no such frame.
 */
export function receivedFrame(captured: CapturedPacket): Buffer | string {
  const { captureInterface, start, originalBytes, fcsBytes } = captured
  const { linkType } = captureInterface
  const wireEnd = start + Math.max(0, originalBytes - fcsBytes)
  if (linkType === LINK_TYPE.ethernet) return filledUp(captured, start, wireEnd, 0)
  const cooked = COOKED.get(linkType)
  if (cooked !== undefined) {
    if (captured.end - start < cooked.payload) return 'the frame is shorter than its header'
    const frame = filledUp(captured, start + cooked.payload, wireEnd, MACS_BYTES + TYPE_BYTES)
    captured.bytes.copy(frame, MACS_BYTES, start + cooked.type, start + cooked.type + TYPE_BYTES)
    return frame
  }
  packet.readCaptured(captured)
  const type = IP_TYPES[packet.ipVersion]
  if (type === undefined) return 'it is no Ethernet frame, and no packet of IP was found in it'
  const frame = filledUp(captured, packet.ipStart, wireEnd, MACS_BYTES + TYPE_BYTES)
  frame.writeUInt16BE(type, MACS_BYTES)
  return frame
}

/** True when the bytes of the capture are that frame already. */
export function isReceivedWhole({ captureInterface, start, end, originalBytes }: CapturedPacket): boolean {
  return captureInterface.linkType === LINK_TYPE.ethernet && end - start >= originalBytes
}

/** What stands from a place on, behind room for a header. */
function filledUp({ bytes, end }: CapturedPacket, from: number, wireEnd: number, headerBytes: number): Buffer {
  const frame = Buffer.alloc(headerBytes + Math.max(0, wireEnd - from))
  bytes.copy(frame, headerBytes, from, Math.min(end, wireEnd))
  return frame
}
