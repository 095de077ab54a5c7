import { type Dimension, placesOf } from '#rules'
import type { Segment } from './classes.ts'

/** Where the classes of the values under one transport stand. */
export interface TablePart {
  /** Undefined for all that the others do not name. */
  readonly transport: number | undefined
  /** Index of the entry for value 0; undefined when all values have the class of packets without the slot. */
  readonly start: number | undefined
}

/** Classes by value, as far as it tells them apart. */
export interface NumberTable {
  readonly entries: Uint16Array
  readonly parts: readonly TablePart[]
  readonly absentClass: number
}

/** Writes the classes of a number into a table: parts that are alike stand there once. */
export function numberTable(dimension: Dimension & { kind: 'number' }, segments: readonly Segment[]): NumberTable {
  const { size, transports } = dimension
  const byPlace = new Uint16Array(size * (transports.length + 1) + 1)
  for (const [index, { from, value }] of segments.entries()) {
    byPlace.fill(value, Number(from), Number(segments[index + 1]?.from ?? byPlace.length))
  }
  const places = placesOf(dimension)
  const all = places === undefined ? byPlace : byPlace.map((_, value) => byPlace[places[value] ?? value])
  const absentClass = all[all.length - 1]
  const kept: Uint16Array[] = []
  const parts = [...transports, undefined].map((transport, place): TablePart => {
    const part = all.subarray(place * size, (place + 1) * size)
    if (isFilled(part, absentClass)) return { transport, start: undefined }
    const same = kept.findIndex((each) => isSame(each, part))
    const index = same < 0 ? kept.push(part) - 1 : same
    return { transport, start: index * size }
  })
  const entries = new Uint16Array(kept.length * size)
  for (const [index, part] of kept.entries()) entries.set(part, index * size)
  return { entries, parts, absentClass }
}

function isFilled(part: Uint16Array, value: number): boolean {
  let at = 0
  while (at < part.length && part[at] === value) at++
  return at === part.length
}

function isSame(left: Uint16Array, right: Uint16Array): boolean {
  return Buffer.compare(bytesOf(left), bytesOf(right)) === 0
}

/** The same memory as bytes, as the kernel of a little-endian machine reads it. */
export function bytesOf({ buffer, byteOffset, byteLength }: Uint16Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}
