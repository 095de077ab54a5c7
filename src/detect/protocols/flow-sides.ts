import type { IpAddress } from '#wire'
import type { Direction, FlowEnds, Moment } from '../flows/contract.ts'
import type { Endpoint, OfFlow, Seen, Side } from './contract.ts'

/** Which end of a flow asks and which answers. Content decides where it tells; a capture may begin in the middle. */
export class FlowSides {
  readonly ends: FlowEnds
  /** The end that the flow analyzer took for the server is the one that asks. */
  swapped = false
  /** What it carries stands in TLS, whose secrets are known. */
  isOpened = false

  constructor(ends: FlowEnds) {
    this.ends = ends
  }

  side(direction: Direction): Side {
    return (direction === 0) === this.swapped ? 'server' : 'client'
  }

  isClient(direction: Direction): boolean {
    return (direction === 0) !== this.swapped
  }

  get clientPort(): number {
    return this.swapped ? this.ends.serverPort : this.ends.clientPort
  }

  get clientAddress(): IpAddress {
    return this.swapped ? this.ends.server : this.ends.client
  }

  get serverPort(): number {
    return this.swapped ? this.ends.clientPort : this.ends.serverPort
  }

  get client(): Endpoint {
    return this.swapped ? serverOf(this.ends) : clientOf(this.ends)
  }

  get server(): Endpoint {
    return this.swapped ? clientOf(this.ends) : serverOf(this.ends)
  }
}

function clientOf(ends: FlowEnds): Endpoint {
  return { address: ends.client, port: ends.clientPort }
}

function serverOf(ends: FlowEnds): Endpoint {
  return { address: ends.server, port: ends.serverPort }
}

/** What every transaction says of its flow, told when it is asked for. */
export class OfSides implements OfFlow {
  readonly sides: FlowSides

  constructor(sides: FlowSides) {
    this.sides = sides
  }

  get flow(): number {
    return this.sides.ends.id
  }

  get client(): Endpoint {
    return this.sides.client
  }

  get server(): Endpoint {
    return this.sides.server
  }
}

/** A copy of the moment, which the analyzer fills anew for the next packet. */
export function seenAt(at: Moment): Seen {
  return { frame: at.frame, timeNs: at.timeNs }
}
