/** Record types that have a name here (IANA, DNS parameters). */
export const RECORD_TYPE = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  NULL: 10,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  RP: 17,
  AFSDB: 18,
  SIG: 24,
  KEY: 25,
  AAAA: 28,
  LOC: 29,
  SRV: 33,
  NAPTR: 35,
  KX: 36,
  CERT: 37,
  DNAME: 39,
  OPT: 41,
  APL: 42,
  DS: 43,
  SSHFP: 44,
  IPSECKEY: 45,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  DHCID: 49,
  NSEC3: 50,
  NSEC3PARAM: 51,
  TLSA: 52,
  SMIMEA: 53,
  HIP: 55,
  CDS: 59,
  CDNSKEY: 60,
  OPENPGPKEY: 61,
  CSYNC: 62,
  ZONEMD: 63,
  SVCB: 64,
  HTTPS: 65,
  SPF: 99,
  EUI48: 108,
  EUI64: 109,
  TKEY: 249,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
  URI: 256,
  CAA: 257,
  DLV: 32769,
} as const

export type RecordTypeName = keyof typeof RECORD_TYPE

const NAME_BY_TYPE: ReadonlyMap<number, string> = new Map(
  Object.entries(RECORD_TYPE).map(([name, type]) => [type, name]),
)

/** 'A', 'AAAA' ...; 'TYPE123' for what has no name here (RFC 3597). */
export function recordTypeName(type: number): string {
  return NAME_BY_TYPE.get(type) ?? `TYPE${type}`
}

/** The number of a type's name, in any case, also of `TYPE123`; undefined when it is none. */
export function recordTypeOf(name: string): number | undefined {
  const upper = name.toUpperCase()
  if (Object.hasOwn(RECORD_TYPE, upper)) return RECORD_TYPE[upper as RecordTypeName]
  const digits = /^TYPE(\d{1,5})$/.exec(upper)?.[1]
  return digits === undefined || Number(digits) > 0xffff ? undefined : Number(digits)
}

/** Response codes (IANA); those from 16 on need EDNS. */
export const RESPONSE_CODE = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  YXDOMAIN: 6,
  YXRRSET: 7,
  NXRRSET: 8,
  NOTAUTH: 9,
  NOTZONE: 10,
  BADVERS: 16,
  BADKEY: 17,
  BADTIME: 18,
  BADMODE: 19,
  BADNAME: 20,
  BADALG: 21,
  BADTRUNC: 22,
  BADCOOKIE: 23,
} as const

const NAME_BY_CODE: ReadonlyMap<number, string> = new Map(
  Object.entries(RESPONSE_CODE).map(([name, code]) => [code, name]),
)

/** 'NXDOMAIN'; 'RCODE12' for what has no name. */
export function responseCodeName(code: number): string {
  return NAME_BY_CODE.get(code) ?? `RCODE${code}`
}
