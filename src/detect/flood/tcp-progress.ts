import type { RowSet } from './row-set.ts'
import { COLUMNS } from './columns.ts'

const WIDTH = COLUMNS.length
const place = (name: string): number => COLUMNS.findIndex((column) => column.name === name)
const SOURCE = place('source')
const SOURCE_PORT = place('sourcePort')
const DESTINATION_PORT = place('destinationPort')
const SEQUENCE = place('tcp.seq')
const ACKNOWLEDGEMENT = place('tcp.ack')

const MODULUS = 0x1_0000_0000
/** No connection moves on by more between two samples. */
const ADVANCE_MOST = 1 << 27
/** Segments overtake one another, and are sent again. */
const RETREAT_MOST = 1 << 20
const SEGMENTS_LEAST = 3
const ADVANCED_LEAST = 0.5
const WILD_MOST = 0.1

interface Connection {
  segments: number
  sequence: number
  acknowledgement: number
  advanced: number
  wild: number
}

/**
 * Which segments belong to connections that get on: their sequence or acknowledgement numbers advance, as only ends do that
 * hear one another. 1 for such rows. What is sent blindly repeats its numbers, or takes any.
 */
export function progressingRows({ rows, size }: RowSet): Uint8Array {
  const connections = new Map<number, Connection>()
  const keys = new Float64Array(size)
  for (let row = 0; row < size; row++) {
    const at = row * WIDTH
    keys[row] = keyOf(rows, at)
    const known = connections.get(keys[row])
    if (known === undefined) {
      const [sequence, acknowledgement] = [rows[at + SEQUENCE], rows[at + ACKNOWLEDGEMENT]]
      connections.set(keys[row], { segments: 1, sequence, acknowledgement, advanced: 0, wild: 0 })
    } else {
      follow(known, rows[at + SEQUENCE], rows[at + ACKNOWLEDGEMENT])
    }
  }
  return Uint8Array.from(keys, (key) => Number(isProgressing(connections.get(key) as Connection)))
}

function keyOf(rows: Float64Array, at: number): number {
  const ports = rows[at + SOURCE_PORT] * 0x1_0000 + rows[at + DESTINATION_PORT]
  // Two connections under one key are at worst taken for one that does not get on.
  return (rows[at + SOURCE] % 0x10_0000) * MODULUS + ports
}

function follow(connection: Connection, sequence: number, acknowledgement: number): void {
  const sent = step(connection.sequence, sequence)
  const heard = step(connection.acknowledgement, acknowledgement)
  connection.segments++
  connection.sequence = sequence
  connection.acknowledgement = acknowledgement
  if (isWild(sent) || isWild(heard)) connection.wild++
  else if (sent > 0 || heard > 0) connection.advanced++
}

/** From one number to the next, around the end of 32 bits: negative when it went back. */
function step(before: number, after: number): number {
  const forward = (after - before + MODULUS) % MODULUS
  return forward < MODULUS / 2 ? forward : forward - MODULUS
}

function isWild(distance: number): boolean {
  return distance > ADVANCE_MOST || distance < -RETREAT_MOST
}

function isProgressing({ segments, advanced, wild }: Connection): boolean {
  const steps = segments - 1
  return segments >= SEGMENTS_LEAST && advanced >= steps * ADVANCED_LEAST && wild <= steps * WILD_MOST
}
