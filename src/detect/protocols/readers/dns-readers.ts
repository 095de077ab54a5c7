import type { FieldValue } from '#fields'
import { DNS_FLAG, type IpAddress, isResponse, opcodeOf, recordTypeName } from '#wire'
import type { PacketReader } from '../../packet/packet-reader.ts'
import type { DnsMessageSeen } from './dns-message-seen.ts'
import { messageReader } from './message-reader.ts'

const ofDns = (read: (message: DnsMessageSeen) => FieldValue | undefined) => messageReader('dns', read)
const flag = (bit: number) => ofDns(({ flags }) => (flags & bit) !== 0)
/** A bit that means something in answers only. */
const answerFlag = (bit: number) => ofDns(({ flags }) => (isResponse(flags) ? (flags & bit) !== 0 : undefined))

function whenAny<Item extends string | IpAddress>(list: readonly Item[] | undefined): readonly Item[] | undefined {
  return list === undefined || list.length === 0 ? undefined : list
}

export const DNS_READERS: Readonly<Record<string, PacketReader>> = {
  'dns.id': ofDns(({ id }) => id),
  'dns.qname': ofDns(({ name }) => name),
  'dns.qtype': ofDns(({ type }) => (type < 0 ? undefined : recordTypeName(type))),
  'dns.flags.response': flag(DNS_FLAG.response),
  'dns.flags.authoritative': answerFlag(DNS_FLAG.authoritative),
  'dns.flags.truncated': flag(DNS_FLAG.truncated),
  'dns.flags.recdesired': flag(DNS_FLAG.recursionDesired),
  'dns.flags.recavail': answerFlag(DNS_FLAG.recursionAvailable),
  'dns.flags.authenticated': answerFlag(DNS_FLAG.authenticData),
  'dns.flags.checkdisable': flag(DNS_FLAG.checkingDisabled),
  'dns.flags.opcode': ofDns(({ flags }) => opcodeOf(flags)),
  'dns.response.code': ofDns((message) => message.contents?.responseCode),
  'dns.count.answers': ofDns(({ answerCount }) => answerCount),
  'dns.response.ttl': ofDns((message) => message.contents?.smallestTtlSeconds),
  'dns.resolved_ips': ofDns((message) => whenAny(message.contents?.addresses)),
  'dns.cname_chain': ofDns((message) => whenAny(message.contents?.canonicalNames)),
}
