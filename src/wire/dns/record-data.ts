import { type IpAddress } from '../ip.ts'
import type { RecordTypeName } from './record-type.ts'

/**
 * The parts that record data is made of. `name` may be compressed when written, `fullName` not (RFC 3597 section 4);
 * `text` has a length byte, `texts` are as many as fit, `rest` is what is left, `counted` has a length byte, `types` is the bit
 * map of NSEC, `parameters` those of SVCB.
 */
export type PartKind =
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'name'
  | 'fullName'
  | 'text'
  | 'texts'
  | 'rest'
  | 'counted'
  | 'ipv4'
  | 'ipv6'
  | 'types'
  | 'parameters'
  | 'options'

interface PartValues {
  readonly uint8: number
  readonly uint16: number
  readonly uint32: number
  readonly name: string
  readonly fullName: string
  readonly text: string
  readonly texts: readonly string[]
  readonly rest: Buffer
  readonly counted: Buffer
  readonly ipv4: IpAddress
  readonly ipv6: IpAddress
  readonly types: readonly number[]
  readonly parameters: readonly NumberedBytes[]
  readonly options: readonly NumberedBytes[]
}

/** A parameter of SVCB by its key, or an option of EDNS by its code. */
export interface NumberedBytes {
  readonly number: number
  readonly bytes: Buffer
}

export type PartValue = PartValues[PartKind]

type Layout = Readonly<Record<string, PartKind>>

const ADDRESS4 = { address: 'ipv4' } as const
const ADDRESS6 = { address: 'ipv6' } as const
const TARGET = { target: 'name' } as const
const TEXTS = { texts: 'texts' } as const
const DIGEST = { keyTag: 'uint16', algorithm: 'uint8', digestType: 'uint8', digest: 'rest' } as const
const PUBLIC_KEY = { flags: 'uint16', protocol: 'uint8', algorithm: 'uint8', key: 'rest' } as const
const ASSOCIATION = { usage: 'uint8', selector: 'uint8', matching: 'uint8', data: 'rest' } as const
const SERVICE = { priority: 'uint16', target: 'fullName', parameters: 'parameters' } as const
const SIGNATURE = {
  covered: 'uint16',
  algorithm: 'uint8',
  labels: 'uint8',
  originalTtl: 'uint32',
  expiration: 'uint32',
  inception: 'uint32',
  keyTag: 'uint16',
  signer: 'fullName',
  signature: 'rest',
} as const

/**
 * What the data of each type is made of, in order (RFC 1035, 2782, 3403, 3596, 4034, 4255, 5155, 6672, 6698, 7553, 8659,
 * 8976, 9460). Types that are not here hold bytes.
 */
export const RECORD_LAYOUT = {
  A: ADDRESS4,
  AAAA: ADDRESS6,
  NS: TARGET,
  CNAME: TARGET,
  PTR: TARGET,
  DNAME: { target: 'fullName' },
  SOA: {
    primary: 'name',
    mailbox: 'name',
    serial: 'uint32',
    refresh: 'uint32',
    retry: 'uint32',
    expire: 'uint32',
    minimum: 'uint32',
  },
  HINFO: { processor: 'text', system: 'text' },
  MX: { preference: 'uint16', exchange: 'name' },
  TXT: TEXTS,
  SPF: TEXTS,
  RP: { mailbox: 'fullName', text: 'fullName' },
  AFSDB: { subtype: 'uint16', host: 'fullName' },
  SRV: { priority: 'uint16', weight: 'uint16', port: 'uint16', target: 'fullName' },
  NAPTR: {
    order: 'uint16',
    preference: 'uint16',
    flags: 'text',
    services: 'text',
    expression: 'text',
    replacement: 'fullName',
  },
  KX: { preference: 'uint16', exchanger: 'fullName' },
  CERT: { certificateType: 'uint16', keyTag: 'uint16', algorithm: 'uint8', certificate: 'rest' },
  OPT: { options: 'options' },
  DS: DIGEST,
  CDS: DIGEST,
  DLV: DIGEST,
  SSHFP: { algorithm: 'uint8', fingerprintType: 'uint8', fingerprint: 'rest' },
  RRSIG: SIGNATURE,
  SIG: SIGNATURE,
  NSEC: { next: 'fullName', types: 'types' },
  DNSKEY: PUBLIC_KEY,
  CDNSKEY: PUBLIC_KEY,
  KEY: PUBLIC_KEY,
  NSEC3: {
    algorithm: 'uint8',
    flags: 'uint8',
    iterations: 'uint16',
    salt: 'counted',
    nextHashed: 'counted',
    types: 'types',
  },
  NSEC3PARAM: { algorithm: 'uint8', flags: 'uint8', iterations: 'uint16', salt: 'counted' },
  TLSA: ASSOCIATION,
  SMIMEA: ASSOCIATION,
  OPENPGPKEY: { key: 'rest' },
  CSYNC: { serial: 'uint32', flags: 'uint16', types: 'types' },
  ZONEMD: { serial: 'uint32', scheme: 'uint8', algorithm: 'uint8', digest: 'rest' },
  SVCB: SERVICE,
  HTTPS: SERVICE,
  URI: { priority: 'uint16', weight: 'uint16', target: 'rest' },
  CAA: { flags: 'uint8', tag: 'text', value: 'rest' },
} as const satisfies Partial<Record<RecordTypeName, Layout>>

export type KnownRecord = keyof typeof RECORD_LAYOUT

/** The data of a type, part by part. */
export type RecordDataOf<Name extends KnownRecord> = {
  readonly [Part in keyof (typeof RECORD_LAYOUT)[Name]]: (typeof RECORD_LAYOUT)[Name][Part] extends PartKind
    ? PartValues[(typeof RECORD_LAYOUT)[Name][Part]]
    : never
}

/** The parts of a type's data in order; of one that is not known, its bytes. */
export function layoutOf(typeName: string): readonly (readonly [part: string, kind: PartKind])[] {
  return LAYOUTS.get(typeName) ?? BYTES
}

const BYTES = [['bytes', 'rest']] as const
const LAYOUTS: ReadonlyMap<string, readonly (readonly [string, PartKind])[]> = new Map(
  Object.entries(RECORD_LAYOUT).map(([name, layout]) => [name, Object.entries(layout)]),
)
