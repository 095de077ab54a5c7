/** Ports that collectors listen on: NetFlow, IPFIX, sFlow, and what vendors use in their examples. */
export const EXPORT_PORTS: ReadonlySet<number> = new Set([2055, 2056, 4739, 6343, 9555, 9995, 9996])

const NETFLOW5 = { headBytes: 24, recordBytes: 48, recordsMost: 1400 } as const
const NETFLOW9_HEAD_BYTES = 20
const IPFIX_HEAD_BYTES = 16
const SET_HEAD_BYTES = 4
const SFLOW_VERSION = 5
const SFLOW_VERSIONS: ReadonlySet<number> = new Set([2, 4, SFLOW_VERSION])
/** NetFlow versions that are known by their sizes only. */
const OLD_VERSIONS: Readonly<Record<number, { readonly headBytes: number; readonly recordBytes: number }>> = {
  1: { headBytes: 16, recordBytes: 52 },
  7: { headBytes: 24, recordBytes: 52 },
}
const ADDRESS_BYTES: Readonly<Record<number, number>> = { 1: 4, 2: 16 }
const FIRST_DATA_SET = 256
/** Every sFlow datagram has fewer samples; more would only cost time. */
const SAMPLES_MOST = 1024

/** Versions of the first two bytes: those that are read, those of old exporters, and 0, where that of sFlow has four bytes. */
const FIRST_WORDS: ReadonlySet<number> = new Set([0, 1, 5, 7, 9, 10])

/** False for nearly everything that is no export. */
export function mayBeExport(bytes: Buffer, start: number, end: number): boolean {
  return end - start >= IPFIX_HEAD_BYTES && bytes[start] === 0 && FIRST_WORDS.has(bytes[start + 1])
}

/** True when the content alone says that it is an export, whatever the port: all its lengths fit. */
export function isCertainExport(bytes: Buffer, start: number, end: number): boolean {
  const length = end - start
  switch (bytes.readUInt16BE(start)) {
    case 5: {
      const count = bytes.readUInt16BE(start + 2)
      return count > 0 && length === NETFLOW5.headBytes + count * NETFLOW5.recordBytes
    }
    case 9:
      return length > NETFLOW9_HEAD_BYTES && areSets(bytes, start + NETFLOW9_HEAD_BYTES, end, 0)
    case 10:
      return bytes.readUInt16BE(start + 2) === length && areSets(bytes, start + IPFIX_HEAD_BYTES, end, 2)
    case 0:
      return areSamples(bytes, start, end)
    default:
      return false
  }
}

/** True when it may be an export, damaged or of an old version: enough at a port of collectors. */
export function isLikelyExport(bytes: Buffer, start: number, end: number): boolean {
  const word = bytes.readUInt16BE(start)
  const second = bytes.readUInt16BE(start + 2)
  if (word === 5) return second > 0 && second <= NETFLOW5.recordsMost
  if (word === 9) return end - start < NETFLOW9_HEAD_BYTES + 4 || isSetHead(bytes, start + NETFLOW9_HEAD_BYTES, 0)
  if (word === 10) return end - start < IPFIX_HEAD_BYTES + 4 || isSetHead(bytes, start + IPFIX_HEAD_BYTES, 2)
  if (word === 0) return SFLOW_VERSIONS.has(second) && ADDRESS_BYTES[bytes.readUInt32BE(start + 4)] !== undefined
  const old = OLD_VERSIONS[word]
  return old !== undefined && second > 0 && end - start === old.headBytes + second * old.recordBytes
}

/** Sets of templates have the numbers `templates` and the next one. */
function areSets(bytes: Buffer, start: number, end: number, templates: number): boolean {
  let at = start
  while (at + 4 <= end) {
    if (!isSetHead(bytes, at, templates)) return false
    at += bytes.readUInt16BE(at + 2)
  }
  return at === end && at > start
}

function isSetHead(bytes: Buffer, at: number, templates: number): boolean {
  const id = bytes.readUInt16BE(at)
  const isKnown = id >= FIRST_DATA_SET || id === templates || id === templates + 1
  return isKnown && bytes.readUInt16BE(at + 2) >= SET_HEAD_BYTES
}

function areSamples(bytes: Buffer, start: number, end: number): boolean {
  if (end - start < 28 || bytes.readUInt32BE(start) !== SFLOW_VERSION) return false
  const addressBytes = ADDRESS_BYTES[bytes.readUInt32BE(start + 4)]
  if (addressBytes === undefined) return false
  let at = start + 8 + addressBytes + 16
  if (at > end) return false
  const samples = bytes.readUInt32BE(at - 4)
  if (samples === 0 || samples > SAMPLES_MOST) return false
  for (let index = 0; index < samples; index++) {
    if (at + 8 > end) return false
    at += 8 + bytes.readUInt32BE(at + 4)
  }
  return at === end
}
