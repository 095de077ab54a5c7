export { type AddressRanges, AddressRangesBuilder, packRanges, unpackRanges } from './address-ranges.ts'
export { compareWords, IPV6_WORDS, writeIpv6Words } from './address-words.ts'
export { lowerAscii, trimBlanks, upperAscii } from './ascii.ts'
export {
  cidrRange,
  formatCidr,
  formatIp,
  fromUint128,
  inRange,
  type IpAddress,
  type IpRange,
  parseCidr,
  parseIp,
  toUint128,
} from './ip.ts'
export { type ProxiedConnection, type ProxyHeader, readProxyHeader } from './proxy-protocol.ts'
export { type ClientHello, type ClientHelloResult, parseClientHello, readClientHello } from './tls/client-hello.ts'
export { ja4 } from './tls/ja4.ts'
export { parseCookies } from './cookie.ts'
export { mediaType, normalizePath, parseQueryArguments, pathExtension } from './uri.ts'
export {
  type BodyFraming,
  FIELD_VALUE,
  type FieldList,
  fieldValue,
  fieldValues,
  findField,
  parseContentLength,
  forbiddenTrailer,
  hostOf,
  type Http1Fault,
  HTTP1_FAULTS,
  type Http1Refusal,
  type HttpVersion,
  type MessageLimits,
  type MessageSink,
  refusal,
  type RequestHead,
  RequestReader,
  type ResponseHead,
  ResponseReader,
  sameAuthority,
  TARGET,
  TOKEN,
} from './http1/index.ts'
