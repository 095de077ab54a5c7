import { LINK_TYPE, Packet, PROTOCOL } from '#wire'
import type { FragmentFault } from './contract.ts'
import { Datagram } from './datagram.ts'
import { datagramKey, type FragmentPlace, fragmentPlace, placeAddresses } from './fragment-place.ts'

/** Datagrams that wait for fragments, and the bytes that they hold. */
const DATAGRAM_LIMIT = 4096
const TOTAL_BYTES = 16_777_216
/** What Linux waits for the rest of a datagram. */
const PATIENCE_NS = 30_000_000_000
/** A datagram of the largest size may be the fragment of another one, and that of a third. */
const NESTING_LIMIT = 4
const FRAMES_LIMIT = 16
const IPV6_BYTES = 40
/** A first fragment below it hides ports or flags from filters. */
const TRANSPORT_BYTES: Readonly<Record<number, number>> = { [PROTOCOL.tcp]: 20, [PROTOCOL.udp]: 8 }

/** Is told what is odd about fragments. */
export type FaultReport = (fault: FragmentFault) => void

/** Puts fragmented datagrams together, the outermost first when tunnels carry fragments. */
export class Fragments {
  readonly #report: FaultReport
  readonly #datagrams = new Map<string, Datagram>()
  readonly #whole = new Packet('deep')
  #keptBytes = 0

  constructor(report: FaultReport) {
    this.#report = report
  }

  /**
   * The whole datagram that a fragment completes, as a packet that is valid until the next call; undefined while parts are
   * missing. A packet that is no fragment is returned as it is.
   */
  reassemble(packet: Packet, timeNs: number): Packet | undefined {
    let current = packet
    for (let nesting = 0; nesting < NESTING_LIMIT; nesting++) {
      const place = fragmentPlace(current)
      if (place === undefined) return current
      const whole = this.#add(current, place, timeNs)
      if (whole === undefined) return undefined
      this.#read(whole, packet)
      current = this.#whole
    }
    return undefined
  }

  #read(datagram: Buffer, around: Packet): void {
    const whole = this.#whole
    whole.frameNumber = around.frameNumber
    whole.seconds = around.seconds
    whole.nanoseconds = around.nanoseconds
    whole.read(datagram, 0, datagram.length, LINK_TYPE.raw)
    whole.vlanCount = around.vlanCount
    whole.vlanTag = around.vlanTag
    whole.innerVlanTag = around.innerVlanTag
  }

  #add(packet: Packet, place: FragmentPlace, timeNs: number): Buffer | undefined {
    const key = datagramKey(packet, place)
    this.#forgetOld(timeNs)
    const datagram = this.#datagrams.get(key) ?? this.#begin(key, packet, place, timeNs)
    if (place.isCut) return undefined
    const { bytes } = packet
    const problemBefore = datagram.problem
    const copy = Buffer.from(bytes.subarray(place.payloadStart, place.payloadEnd))
    const isKept = datagram.add(
      { offsetBytes: place.offsetBytes, bytes: copy, frame: packet.frameNumber },
      place.isLast,
    )
    if (isKept) this.#keptBytes += copy.length
    if (datagram.problem !== problemBefore && datagram.problem !== undefined) {
      this.#fault(datagram.problem, packet.frameNumber, datagram, timeNs)
    }
    if (isKept && place.offsetBytes === 0) {
      datagram.header ??= headerOf(packet, place)
      const needed = TRANSPORT_BYTES[place.protocol]
      if (needed !== undefined && copy.length < needed) this.#fault('tiny', packet.frameNumber, datagram, timeNs)
    }
    const payload = datagram.whole()
    if (payload === undefined || datagram.header === undefined) return undefined
    this.#forget(key, datagram)
    return withPayload(datagram.header, payload)
  }

  #begin(key: string, packet: Packet, place: FragmentPlace, timeNs: number): Datagram {
    const [source, destination] = placeAddresses(packet, place)
    const datagram = new Datagram({ source, destination, protocol: place.protocol }, timeNs)
    this.#datagrams.set(key, datagram)
    return datagram
  }

  #forget(key: string, datagram: Datagram): void {
    this.#datagrams.delete(key)
    this.#keptBytes -= datagram.keptBytes
  }

  /** Datagrams stand in the order of their first fragments. */
  #forgetOld(timeNs: number): void {
    for (const [key, datagram] of this.#datagrams) {
      const isOld = timeNs - datagram.firstTimeNs > PATIENCE_NS
      if (!isOld && this.#datagrams.size < DATAGRAM_LIMIT && this.#keptBytes < TOTAL_BYTES) return
      this.#forget(key, datagram)
      this.#incomplete(datagram)
    }
  }

  /** The capture is at its end: what is not whole will not be. */
  end(): void {
    for (const datagram of this.#datagrams.values()) this.#incomplete(datagram)
    this.#datagrams.clear()
    this.#keptBytes = 0
  }

  #incomplete(datagram: Datagram): void {
    const [frame] = datagram.frames
    if (frame !== undefined) this.#fault('incomplete', frame, datagram, datagram.firstTimeNs)
  }

  #fault(kind: FragmentFault['kind'], frame: number, datagram: Datagram, timeNs: number): void {
    const frames = [...new Set([...datagram.frames, frame])].slice(0, FRAMES_LIMIT)
    this.#report({ kind, frame, timeNs, ...datagram.ends, frames })
  }
}

/** The header of the whole datagram: of IPv4 without what says "fragment", of IPv6 without the fragment header. */
function headerOf({ bytes }: Packet, { version, ipStart, headerEnd, protocol, protocolAt }: FragmentPlace): Buffer {
  const header = Buffer.from(bytes.subarray(ipStart, headerEnd))
  if (version === 4) header.writeUInt16BE(0, 6)
  else header[protocolAt] = protocol
  return header
}

/** A length beyond 65,535, as headers and payload together may have, is written as 0: "up to the end". */
function withPayload(header: Buffer, payload: Buffer): Buffer {
  const isIpv4 = header[0] >> 4 === 4
  const counted = isIpv4 ? header.length + payload.length : header.length - IPV6_BYTES + payload.length
  header.writeUInt16BE(counted > 0xffff ? 0 : counted, isIpv4 ? 2 : 4)
  return Buffer.concat([header, payload])
}
