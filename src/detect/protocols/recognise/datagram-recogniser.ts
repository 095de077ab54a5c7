import type { DatagramDissector, Direction, Moment, StreamEnd } from '../../flows/contract.ts'
import { DnsDatagrams } from '../dns/dns-dissector.ts'
import type { FlowSides } from '../flow-sides.ts'
import { QuicDatagrams } from '../quic/quic-dissector.ts'
import { datagramLooksLike } from './first-datagram.ts'
import { guessProtocol } from './guess.ts'
import { portProtocol } from './port-protocol.ts'
import type { StreamContext } from './stream-recogniser.ts'

/** Finds out what the datagrams of a flow are by the first, and hands them to who reads that. */
export class DatagramRecogniser implements DatagramDissector {
  readonly #sides: FlowSides
  readonly #context: StreamContext
  #inner: DatagramDissector | undefined = undefined

  constructor(sides: FlowSides, context: StreamContext) {
    this.#sides = sides
    this.#context = context
  }

  datagram(direction: Direction, bytes: Buffer, start: number, end: number, wireBytes: number, at: Moment): boolean {
    this.#inner ??= this.#recognise(direction, bytes, start, end, at)
    return this.#inner !== undefined && this.#inner.datagram(direction, bytes, start, end, wireBytes, at)
  }

  end(how: StreamEnd, at: Moment): void {
    this.#inner?.end(how, at)
  }

  #recognise(
    direction: Direction,
    bytes: Buffer,
    start: number,
    end: number,
    at: Moment,
  ): DatagramDissector | undefined {
    const sides = this.#sides
    const { sink, dnsTable } = this.#context
    const content = datagramLooksLike(bytes, start, end, portProtocol('udp', sides.ends.serverPort))
    sink.transaction(guessProtocol(sides, 'udp', content, sides.side(direction), bytes, start, end, at))
    if (content === 'dns' || content === 'mdns' || content === 'llmnr')
      return new DnsDatagrams(sides, content, dnsTable, sink)
    return content === 'quic' ? new QuicDatagrams(sides, sink) : undefined
  }
}
