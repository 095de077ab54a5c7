import type { DatagramDissector, Direction, DissectorFactory, FlowEnds, Moment, StreamEnd } from './contract.ts'
import { StreamOrder } from './stream-order.ts'
import { type StreamPiece, WaitingRoom } from './waiting-segments.ts'

/** Who reads the datagrams of one flow. */
class DatagramReader {
  readonly ends: FlowEnds
  readonly dissector: DatagramDissector

  constructor(ends: FlowEnds, dissector: DatagramDissector) {
    this.ends = ends
    this.dissector = dissector
  }

  end(how: StreamEnd, _by: Direction | undefined, at: Moment): void {
    this.dissector.end(how, at)
  }
}

/** Those who read payload, by numbers that rows of flows hold. 0 is nobody. */
export class FlowReaders {
  readonly #factory: DissectorFactory | undefined
  readonly #room = new WaitingRoom()
  readonly #readers: (StreamOrder | DatagramReader | undefined)[] = [undefined]
  readonly #released: number[] = []

  constructor(factory: DissectorFactory | undefined) {
    this.#factory = factory
  }

  get isNeeded(): boolean {
    return this.#factory !== undefined
  }

  /** The number of who reads the stream of a flow. */
  openStream(ends: FlowEnds): number {
    const dissector = this.#factory?.stream(ends)
    return dissector === undefined ? 0 : this.#add(new StreamOrder(ends, dissector, this.#room))
  }

  /** The number of who reads the datagrams of a flow. */
  openDatagrams(ends: FlowEnds): number {
    const dissector = this.#factory?.datagram(ends)
    return dissector === undefined ? 0 : this.#add(new DatagramReader(ends, dissector))
  }

  #add(reader: StreamOrder | DatagramReader): number {
    const number = this.#released.pop() ?? this.#readers.length
    this.#readers[number] = reader
    return number
  }

  stream(number: number): StreamOrder | undefined {
    const reader = this.#readers[number]
    return reader instanceof StreamOrder ? reader : undefined
  }

  ends(number: number): FlowEnds | undefined {
    return this.#readers[number]?.ends
  }

  /** False when no more of the flow is wanted. */
  pushDatagram(
    number: number,
    direction: Direction,
    { bytes, start, end, wireBytes }: StreamPiece,
    at: Moment,
  ): boolean {
    const reader = this.#readers[number]
    if (!(reader instanceof DatagramReader)) return false
    return reader.dissector.datagram(direction, bytes, start, end, wireBytes, at)
  }

  /** Tells a reader that its flow is over, and forgets it. */
  end(number: number, how: StreamEnd, by: Direction | undefined, at: Moment): void {
    this.#readers[number]?.end(how, by, at)
    this.#readers[number] = undefined
    this.#released.push(number)
  }
}
