import { Attributes, COMMAND, ERRNO } from './call.ts'
import { bpfFailure } from './failure.ts'
import type { BpfMap } from './map.ts'

/** Entries a call: long enough that the call itself costs nothing, short enough that the thread is not away for long. */
const CALL_ENTRIES = 16_384
const RETRY_LIMIT = 20

function batch(map: BpfMap): Attributes {
  return new Attributes(56).set32(36, map.fd)
}

/**
 * Writes `count` entries whose keys, and values, stand one behind the other.
 *
 * @throws TidegateError ERR_BPF_FAILED; entries before the one that failed are written
 */
export function updateBatch(map: BpfMap, keys: Buffer, values: Buffer, count: number): void {
  inCalls(map, count, (attributes, from, entries) => {
    const { keyBytes } = map.spec
    attributes.point(16, keys.subarray(from * keyBytes, (from + entries) * keyBytes))
    attributes.point(24, values.subarray(from * map.valueBytes, (from + entries) * map.valueBytes))
    return attributes.try(COMMAND.updateBatch)
  })
}

/** Deletes `count` entries whose keys stand one behind the other. @throws TidegateError ERR_BPF_FAILED, also for a key that is not there */
export function deleteBatch(map: BpfMap, keys: Buffer, count: number): void {
  inCalls(map, count, (attributes, from, entries) => {
    const { keyBytes } = map.spec
    attributes.point(16, keys.subarray(from * keyBytes, (from + entries) * keyBytes))
    return attributes.try(COMMAND.deleteBatch)
  })
}

function inCalls(
  map: BpfMap,
  count: number,
  call: (attributes: Attributes, from: number, entries: number) => number,
): void {
  const attributes = batch(map)
  let retries = 0
  for (let from = 0; from < count;) {
    const entries = Math.min(CALL_ENTRIES, count - from)
    const result = call(attributes.set32(32, entries), from, entries)
    // The kernel writes how many it did.
    const done = result < 0 ? Math.min(attributes.get32(32), entries) : entries
    from += result < 0 && done === entries ? 0 : done
    if (result >= 0) continue
    const mayRetry = result === -ERRNO.EINTR || result === -ERRNO.EAGAIN
    if (!mayRetry || ++retries > RETRY_LIMIT)
      throw bpfFailure(`cannot change entries of the map ${map.spec.name}`, -result)
  }
}

/** Keys and values as a batch read them: `count` of each, one behind the other. */
export interface BatchEntries {
  readonly keys: Buffer
  readonly values: Buffer
  readonly count: number
}

/**
 * Reads all entries of a hash or array map. Entries that come while it reads may be missed.
 *
 * @throws TidegateError ERR_BPF_FAILED
 */
export function readEntries(map: BpfMap): BatchEntries {
  const { keyBytes, entries, name } = map.spec
  const keys = Buffer.alloc(entries * keyBytes)
  const values = Buffer.alloc(entries * map.valueBytes)
  // A hash map is read bucket by bucket: the place is a number of 32 bits, that of an array its last key.
  const places = [Buffer.alloc(Math.max(4, keyBytes)), Buffer.alloc(Math.max(4, keyBytes))]
  const attributes = batch(map)
  let count = 0
  for (let calls = 0; count < entries; calls++) {
    attributes.point(8, places[(calls + 1) & 1]).set32(32, entries - count)
    if (calls === 0) attributes.set64(0, 0n)
    else attributes.point(0, places[calls & 1])
    attributes.point(16, keys.subarray(count * keyBytes)).point(24, values.subarray(count * map.valueBytes))
    const result = attributes.try(COMMAND.lookupBatch)
    if (result < 0 && result !== -ERRNO.ENOENT) throw bpfFailure(`cannot read the map ${name}`, -result)
    count += attributes.get32(32)
    if (result < 0) break
  }
  return { keys: keys.subarray(0, count * keyBytes), values: values.subarray(0, count * map.valueBytes), count }
}
