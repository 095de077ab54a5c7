export { extendedErrorName } from './extended-error.ts'
export {
  CLASS_IN,
  DNS_FLAG,
  DNS_HEADER_BYTES,
  type DnsMessage,
  type DnsRecord,
  type DnsRecordQuestion,
  type Edns,
  EDNS_OPTION,
  extendedErrorsOf,
  isResponse,
  opcodeOf,
  recordData,
  responseCodeOf,
} from './message.ts'
export { type DnsFault, labelsOf, NameReader } from './name.ts'
export { type DnsMessageResult, parseDnsMessage } from './parse-message.ts'
export type { KnownRecord, NumberedBytes, RecordDataOf } from './record-data.ts'
export { RECORD_TYPE, recordTypeName, recordTypeOf, RESPONSE_CODE, responseCodeName } from './record-type.ts'
export { DnsScanner, SECTION } from './scanner.ts'
export { type DnsMessagePlan, dnsQueryPlan, writeDnsMessage } from './write-message.ts'
