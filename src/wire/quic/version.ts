/** What differs between versions of QUIC before anything was agreed on. */
export interface QuicVersion {
  readonly name: string
  /** Salt of the keys of Initial packets (RFC 9001 section 5.2). */
  readonly salt: Buffer
  /** What labels of keys begin with. */
  readonly label: 'quic' | 'quicv2'
  /** Types of long headers by their two bits. */
  readonly types: readonly QuicPacketType[]
}

export type QuicPacketType = 'initial' | '0-rtt' | 'handshake' | 'retry'

export const QUIC_V1 = 0x0000_0001
export const QUIC_V2 = 0x6b33_43cf

const V1_TYPES: readonly QuicPacketType[] = ['initial', '0-rtt', 'handshake', 'retry']
// RFC 9369 section 3.2 numbers them anew, so that nobody on the path relies on them.
const V2_TYPES: readonly QuicPacketType[] = ['retry', 'initial', '0-rtt', 'handshake']
const DRAFT_29_SALT = Buffer.from('afbfec289993d24c9e9786f19c6111e04390a899', 'hex')

const VERSIONS: ReadonlyMap<number, QuicVersion> = new Map<number, QuicVersion>([
  [
    QUIC_V1,
    { name: '1', salt: Buffer.from('38762cf7f55934b34d179ae6a4c80cadccbb7f0a', 'hex'), label: 'quic', types: V1_TYPES },
  ],
  [
    QUIC_V2,
    {
      name: '2',
      salt: Buffer.from('0dede3def700a6db819381be6e269dcbf9bd2ed9', 'hex'),
      label: 'quicv2',
      types: V2_TYPES,
    },
  ],
  ...[29, 30, 31, 32].map(
    (draft) =>
      [0xff00_0000 + draft, { name: `draft-${draft}`, salt: DRAFT_29_SALT, label: 'quic', types: V1_TYPES }] as const,
  ),
])

/** What is known of a version; undefined for others: their packets have the invariant header only (RFC 8999). */
export function quicVersion(version: number): QuicVersion | undefined {
  return VERSIONS.get(version)
}

/** '1', '2', 'draft-29'; '0xff000012' for others. */
export function quicVersionName(version: number): string {
  return VERSIONS.get(version)?.name ?? `0x${version.toString(16).padStart(8, '0')}`
}
