/** Bits of the TCP flags, those that rules ask for most often first. */
const BITS = [0x002, 0x010, 0x004, 0x001, 0x008, 0x020, 0x040, 0x080, 0x100, 0x200, 0x400, 0x800] as const

const COUNT = 1 << BITS.length

/** Of each value of the flags its place, when the bits that rules ask for most often stand first. */
export const FLAG_PLACES: Uint16Array = Uint16Array.from({ length: COUNT }, (_, value) =>
  BITS.reduce((place, bit, index) => ((value & bit) === 0 ? place : place | (COUNT >> (index + 1))), 0),
)

/** Of each place its value. */
const VALUES = Uint16Array.from({ length: COUNT })
for (const [value, place] of FLAG_PLACES.entries()) VALUES[place] = value

/**
 * The flags for which a condition is true, as edges between places: a single flag would otherwise fall apart into
 * thousands of pieces.
 */
export function flagEdges(isTrue: (value: number) => boolean): number[] {
  const edges: number[] = []
  for (let place = 0; place < COUNT; place++) {
    if (isTrue(VALUES[place]) !== ((edges.length & 1) === 1)) edges.push(place)
  }
  if ((edges.length & 1) === 1) edges.push(COUNT)
  return edges
}

const KNOWN = new Map<number, number[]>()

/** The same for a single bit, which is asked for over and over. */
export function flagBitEdges(bit: number): number[] {
  const known = KNOWN.get(bit) ?? flagEdges((value) => (value & bit) !== 0)
  KNOWN.set(bit, known)
  return known
}
