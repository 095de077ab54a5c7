/** What lines of a key log say, by their label. */
const LABELS = {
  CLIENT_RANDOM: 'master',
  CLIENT_EARLY_TRAFFIC_SECRET: 'clientEarly',
  CLIENT_HANDSHAKE_TRAFFIC_SECRET: 'clientHandshake',
  SERVER_HANDSHAKE_TRAFFIC_SECRET: 'serverHandshake',
  CLIENT_TRAFFIC_SECRET_0: 'client',
  SERVER_TRAFFIC_SECRET_0: 'server',
} as const

/** Secrets of one connection: `master` up to TLS 1.2, the others of TLS 1.3 (RFC 8446 section 7.1). */
export type TlsSecrets = { readonly [Name in (typeof LABELS)[keyof typeof LABELS]]?: Buffer }

const RANDOM_DIGITS = 64
/** A master secret has 48 bytes, a traffic secret as many as its hash. */
const SECRET_DIGITS: ReadonlySet<number> = new Set([64, 96])
/** Each takes a kilobyte or so; those that come later are not kept. */
const CONNECTIONS_KEPT = 131_072
const LINE_LIMIT = 512
const LINE_FEED = 0x0a

/**
 * Secrets of TLS connections, as browsers, curl and OpenSSL write them where SSLKEYLOGFILE says (RFC 9850). Lines that say
 * something else are passed over.
 */
export class TlsKeyLog {
  readonly #connections = new Map<string, { -readonly [Name in keyof TlsSecrets]: Buffer }>()

  /** How many connections it knows secrets of. */
  get size(): number {
    return this.#connections.size
  }

  /** Takes the text of a key log. */
  add(text: Buffer): void {
    for (let start = 0; start < text.length;) {
      const found = text.indexOf(LINE_FEED, start)
      const end = found < 0 ? text.length : found
      if (end - start <= LINE_LIMIT) this.#line(text.toString('latin1', start, end))
      start = end + 1
    }
  }

  /** The secrets of a connection by the random of its ClientHello: 32 bytes. */
  secretsOf(clientRandom: Buffer): TlsSecrets | undefined {
    return this.#connections.get(clientRandom.toString('hex'))
  }

  #line(line: string): void {
    const [label = '', random = '', secret = ''] = line.trim().split(' ')
    if (!Object.hasOwn(LABELS, label) || random.length !== RANDOM_DIGITS || !SECRET_DIGITS.has(secret.length)) return
    const value = Buffer.from(secret, 'hex')
    const key = random.toLowerCase()
    if (value.length * 2 !== secret.length) return
    let secrets = this.#connections.get(key)
    if (secrets === undefined) {
      if (this.#connections.size >= CONNECTIONS_KEPT) return
      secrets = {}
      this.#connections.set(key, secrets)
    }
    secrets[LABELS[label as keyof typeof LABELS]] = value
  }
}
