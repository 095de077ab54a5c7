import type { DnsFault } from './name.ts'
import { type DnsMessage, type DnsRecord, type DnsRecordQuestion, type Edns } from './message.ts'
import { readRecordData } from './read-record-data.ts'
import { RECORD_TYPE } from './record-type.ts'
import type { NumberedBytes } from './record-data.ts'
import { DnsScanner, SECTION } from './scanner.ts'

export type DnsMessageResult =
  | { readonly ok: true; readonly message: DnsMessage; readonly trailingBytes: number }
  | { readonly ok: false; readonly fault: DnsFault }

/**
 * Reads a whole message (RFC 1035 section 4) into values that share no bytes with it. A record whose data does not fit the
 * layout of its type keeps its data as bytes; everything else that is not in order refuses the message. Never throws.
 */
export function parseDnsMessage(bytes: Uint8Array): DnsMessageResult {
  const scanner = new DnsScanner()
  if (!scanner.begin(bytes, 0, bytes.length)) return { ok: false, fault: scanner.fault! }
  const questions = readQuestions(scanner)
  const sections: [DnsRecord[], DnsRecord[], DnsRecord[]] = [[], [], []]
  let edns: Edns | undefined
  while (questions !== undefined && scanner.next()) {
    const { type, section, ttlSeconds } = scanner
    const name = scanner.recordName()
    const data = readRecordData(scanner)
    if (type === RECORD_TYPE.OPT && section === SECTION.additional) edns = ednsOf(scanner, data.options)
    else sections[section - 1].push({ name, type, class: scanner.class, ttlSeconds, data })
  }
  if (scanner.fault !== undefined || questions === undefined) return { ok: false, fault: scanner.fault ?? 'truncated' }
  const [answers, authorities, additionals] = sections
  const message = { id: scanner.id, flags: scanner.flags, questions, answers, authorities, additionals, edns }
  return { ok: true, message, trailingBytes: scanner.limit - scanner.position }
}

function readQuestions(scanner: DnsScanner): DnsRecordQuestion[] | undefined {
  const questions: DnsRecordQuestion[] = []
  if (scanner.questionCount === 0) return questions
  questions.push({ name: scanner.questionName, type: scanner.questionType, class: scanner.questionClass })
  let at = scanner.questionEnd
  while (questions.length < scanner.questionCount) {
    const read = scanner.questionAt(at)
    if (read === undefined) return undefined
    questions.push(read.question)
    at = read.end
  }
  return questions
}

/** The fixed fields of OPT stand where other records have class and TTL (RFC 6891 section 6.1.3). */
function ednsOf(scanner: DnsScanner, options: unknown): Edns {
  return {
    udpPayloadBytes: scanner.class,
    extendedCode: scanner.ttlSeconds >>> 24,
    version: (scanner.ttlSeconds >>> 16) & 255,
    dnssecOk: (scanner.ttlSeconds & 0x8000) !== 0,
    options: Array.isArray(options) ? (options as readonly NumberedBytes[]) : [],
  }
}
