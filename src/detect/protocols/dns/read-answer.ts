import {
  DNS_FLAG,
  type DnsScanner,
  extendedErrorsOf,
  fromUint128,
  type IpAddress,
  type NumberedBytes,
  RECORD_TYPE,
  responseCodeName,
  SECTION,
} from '#wire'
import type { Endpoint, Seen } from '../contract.ts'
import type { DnsAnswer, DnsExtendedError } from './dns-transaction.ts'

const LIST_LIMIT = 64
const NONE: readonly never[] = Object.freeze([])

/** Where an answer came from, beside what it says. */
export interface AnswerOrigin extends Seen {
  readonly from: Endpoint
  readonly fromOtherAddress: boolean
  readonly flow: number
  readonly sizeBytes: number
  readonly otherQuestion: boolean
}

/** What the records of an answer say. */
export type AnswerContents = Pick<
  DnsAnswer,
  'addresses' | 'canonicalNames' | 'extendedErrors' | 'isSigned' | 'responseCode' | 'smallestTtlSeconds'
>

interface Gathered {
  addresses: IpAddress[] | undefined
  canonicalNames: string[] | undefined
  smallestTtlSeconds: number | undefined
  extendedErrors: DnsExtendedError[] | undefined
  extendedCode: number
  isSigned: boolean
}

/** Walks over the records of the message that the scanner stands at the beginning of; on damage, as far as it goes. */
export function readAnswerContents(scanner: DnsScanner): AnswerContents {
  const gathered = gatherRecords(scanner)
  const { addresses = NONE, canonicalNames = NONE, extendedErrors = NONE, smallestTtlSeconds, isSigned } = gathered
  const responseCode = (scanner.flags & 15) | (gathered.extendedCode << 4)
  return { addresses, canonicalNames, extendedErrors, isSigned, responseCode, smallestTtlSeconds }
}

/** Reads the answer that the scanner stands at the records of; on damage, what stands before it. */
export function readAnswer(scanner: DnsScanner, origin: AnswerOrigin): DnsAnswer {
  const { flags, answerCount, authorityCount, additionalCount } = scanner
  const contents = readAnswerContents(scanner)
  return {
    frame: origin.frame,
    timeNs: origin.timeNs,
    from: origin.from,
    fromOtherAddress: origin.fromOtherAddress,
    flow: origin.flow,
    sizeBytes: origin.sizeBytes,
    responseCode: contents.responseCode,
    responseCodeName: responseCodeName(contents.responseCode),
    truncated: (flags & DNS_FLAG.truncated) !== 0,
    authoritative: (flags & DNS_FLAG.authoritative) !== 0,
    recursionAvailable: (flags & DNS_FLAG.recursionAvailable) !== 0,
    authenticData: (flags & DNS_FLAG.authenticData) !== 0,
    answerCount,
    authorityCount,
    additionalCount,
    addresses: contents.addresses,
    canonicalNames: contents.canonicalNames,
    smallestTtlSeconds: contents.smallestTtlSeconds,
    extendedErrors: contents.extendedErrors,
    isSigned: contents.isSigned,
    otherQuestion: origin.otherQuestion,
  }
}

function gatherRecords(scanner: DnsScanner): Gathered {
  const gathered: Gathered = {
    addresses: undefined,
    canonicalNames: undefined,
    smallestTtlSeconds: undefined,
    extendedErrors: undefined,
    extendedCode: 0,
    isSigned: false,
  }
  while (scanner.next() && scanner.hasReadableData()) {
    const { type, section, ttlSeconds } = scanner
    if (type === RECORD_TYPE.OPT) {
      gathered.extendedCode = ttlSeconds >>> 24
      gathered.extendedErrors = errorsOf(scanner)
    } else if (type === RECORD_TYPE.RRSIG) gathered.isSigned = true
    if (section !== SECTION.answer) continue
    const smallest = gathered.smallestTtlSeconds
    if (smallest === undefined || ttlSeconds < smallest) gathered.smallestTtlSeconds = ttlSeconds
    const address = addressOf(scanner)
    if (address !== undefined) gathered.addresses = withItem(gathered.addresses, address)
    else if (type === RECORD_TYPE.CNAME || type === RECORD_TYPE.DNAME) {
      const name = scanner.nameAt(scanner.dataAt)
      if (name !== '') gathered.canonicalNames = withItem(gathered.canonicalNames, name)
    }
  }
  return gathered
}

/** The address in the record at hand; undefined when it holds none. */
function addressOf(scanner: DnsScanner): IpAddress | undefined {
  const { type, dataAt, dataEnd } = scanner
  if (type === RECORD_TYPE.A && dataEnd - dataAt === 4) return scanner.uint32(dataAt)
  if (type !== RECORD_TYPE.AAAA || dataEnd - dataAt !== 16) return undefined
  const high = (BigInt(scanner.uint32(dataAt)) << 32n) | BigInt(scanner.uint32(dataAt + 4))
  const low = (BigInt(scanner.uint32(dataAt + 8)) << 32n) | BigInt(scanner.uint32(dataAt + 12))
  return fromUint128((high << 64n) | low)
}

/** A list that begins with its first item has room for that alone; most never have another. */
function withItem<Item>(list: Item[] | undefined, item: Item): Item[] {
  if (list === undefined) return [item]
  if (list.length < LIST_LIMIT) list.push(item)
  return list
}

function errorsOf(scanner: DnsScanner): DnsExtendedError[] | undefined {
  const { bytes, dataAt, dataEnd } = scanner
  if (dataAt === dataEnd) return undefined
  const options: NumberedBytes[] = []
  for (let at = dataAt; at + 4 <= dataEnd && options.length < LIST_LIMIT;) {
    const valueEnd = at + 4 + scanner.uint16(at + 2)
    if (valueEnd > dataEnd) break
    options.push({ number: scanner.uint16(at), bytes: Buffer.from(bytes.subarray(at + 4, valueEnd)) })
    at = valueEnd
  }
  const errors = extendedErrorsOf(options)
  return errors.length === 0 ? undefined : errors
}
