import { deserialize, serialize } from 'node:v8'

/** Stands for a buffer in what is written. V8 writes shared buffers for other threads only, not for later. */
class BufferPlace {
  readonly bufferAt: number

  constructor(bufferAt: number) {
    this.bufferAt = bufferAt
  }
}

/** Writes plain data with SharedArrayBuffers in it: their number and lengths, the buffers, then the rest. */
export function serializeShared(value: unknown): Buffer {
  const buffers: SharedArrayBuffer[] = []
  const rest = serialize(
    mapped(value, (item) => {
      if (!(item instanceof SharedArrayBuffer)) return undefined
      const known = buffers.indexOf(item)
      return new BufferPlace(known < 0 ? buffers.push(item) - 1 : known)
    }),
  )
  const lengths = Buffer.alloc(4 * (buffers.length + 1))
  lengths.writeUInt32LE(buffers.length, 0)
  for (const [index, buffer] of buffers.entries()) lengths.writeUInt32LE(buffer.byteLength, 4 * (index + 1))
  return Buffer.concat([lengths, ...buffers.map((buffer) => Buffer.from(buffer)), rest])
}

/** Reads what `serializeShared` wrote; throws on anything else. Buffers are shared ones again. */
export function deserializeShared(bytes: Buffer): unknown {
  const count = bytes.readUInt32LE(0)
  let at = 4 * (count + 1)
  const buffers: SharedArrayBuffer[] = []
  for (let index = 0; index < count; index++) {
    const length = bytes.readUInt32LE(4 * (index + 1))
    const buffer = new SharedArrayBuffer(length)
    new Uint8Array(buffer).set(bytes.subarray(at, at + length))
    buffers.push(buffer)
    at += length
  }
  return mapped(deserialize(bytes.subarray(at)), (item) => (isBufferPlace(item) ? buffers[item.bufferAt] : undefined))
}

/** Classes are lost on the way: the place of a buffer is known by its only property. */
function isBufferPlace(item: object): item is BufferPlace {
  return 'bufferAt' in item
}

/** A copy of plain data in which some objects are replaced by what `replace` gives for them. */
function mapped(value: unknown, replace: (item: object) => unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const replaced = replace(value)
  if (replaced !== undefined) return replaced
  if (Array.isArray(value)) return value.map((item) => mapped(item, replace))
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, mapped(item, replace)]))
  if (value instanceof Set || ArrayBuffer.isView(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapped(item, replace)]))
}
