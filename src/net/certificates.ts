import { createSecureContext, type SecureContext } from 'node:tls'
import {
  type CertificateFiles,
  type CertificateWarning,
  type LoadedCertificate,
  loadCertificate,
} from './certificate-file.ts'

export type { CertificateFiles, CertificateWarning } from './certificate-file.ts'

export type MinTlsVersion = 'TLSv1.2' | 'TLSv1.3'

// One value for all workers: a ticket is only accepted under the id context that it was made in.
const SESSION_ID_CONTEXT = 'tidegate-edge'
// Forward-secret AEAD suites only for TLS 1.2 (RFC 9325 section 4.2); the three suites of TLS 1.3 are all fit.
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':')

interface Entry {
  readonly certificate: LoadedCertificate
  readonly contexts: Readonly<Record<MinTlsVersion, SecureContext>>
}

interface CertificateSet {
  readonly first: Entry | undefined
  readonly exact: ReadonlyMap<string, Entry>
  /** Keyed by what follows `*.`. */
  readonly wildcard: ReadonlyMap<string, Entry>
  readonly warnings: readonly CertificateWarning[]
}

/**
 * The certificates of all TLS listeners, chosen by server name: exact name, then wildcard, then the first one.
 * Everything is parsed and its keys unlocked when it is loaded; a handshake only looks into a map.
 */
export class CertificateStore {
  #files: readonly CertificateFiles[]
  #ticketKeys: Buffer
  #set: CertificateSet

  /** `ticketKeys`: 48 secret bytes that all workers share. Throws ERR_CERTIFICATE_INVALID naming file and reason. */
  constructor(files: readonly CertificateFiles[], ticketKeys: Uint8Array) {
    this.#files = files
    this.#ticketKeys = Buffer.from(ticketKeys)
    this.#set = loadSet(files, this.#ticketKeys)
  }

  /** What works but should be repaired: expired, expiring, or incomplete chains. */
  get warnings(): readonly CertificateWarning[] {
    return this.#set.warnings
  }

  /**
   * Reads the files again (or other files) and swaps all at once; connections that are open keep what they negotiated.
   * Throws ERR_CERTIFICATE_INVALID and keeps the old set when any file is bad.
   */
  reload(files: readonly CertificateFiles[] = this.#files): readonly CertificateWarning[] {
    this.#set = loadSet(files, this.#ticketKeys)
    this.#files = files
    return this.#set.warnings
  }

  /** Rotates the ticket keys: tickets made under the old ones fall back to a full handshake. */
  setTicketKeys(ticketKeys: Uint8Array): void {
    const keys = Buffer.from(ticketKeys)
    this.#set = loadSet(this.#files, keys)
    this.#ticketKeys = keys
  }

  /** The context for a server name in lower case; undefined only when there is no certificate at all. */
  contextFor(serverName: string | undefined, minVersion: MinTlsVersion): SecureContext | undefined {
    return this.#entryFor(serverName)?.contexts[minVersion]
  }

  #entryFor(serverName: string | undefined): Entry | undefined {
    const set = this.#set
    if (serverName === undefined) return set.first
    const exact = set.exact.get(serverName)
    if (exact !== undefined) return exact
    // A wildcard stands for exactly one label (RFC 9525 section 6.3).
    const dot = serverName.indexOf('.')
    return (dot > 0 ? set.wildcard.get(serverName.slice(dot + 1)) : undefined) ?? set.first
  }
}

function loadSet(files: readonly CertificateFiles[], ticketKeys: Buffer): CertificateSet {
  const exact = new Map<string, Entry>()
  const wildcard = new Map<string, Entry>()
  const warnings: CertificateWarning[] = []
  let first: Entry | undefined
  for (const pair of files) {
    const certificate = loadCertificate(pair)
    const entry: Entry = {
      certificate,
      contexts: {
        'TLSv1.2': contextOf(certificate, 'TLSv1.2', ticketKeys),
        'TLSv1.3': contextOf(certificate, 'TLSv1.3', ticketKeys),
      },
    }
    first ??= entry
    warnings.push(...certificate.warnings)
    for (const name of certificate.names) {
      const names = name.startsWith('*.') ? wildcard : exact
      const key = name.startsWith('*.') ? name.slice(2) : name
      if (!names.has(key)) names.set(key, entry)
    }
  }
  return { first, exact, wildcard, warnings }
}

function contextOf(certificate: LoadedCertificate, minVersion: MinTlsVersion, ticketKeys: Buffer): SecureContext {
  return createSecureContext({
    cert: certificate.certPem,
    key: certificate.keyPem,
    minVersion,
    ciphers: CIPHERS,
    honorCipherOrder: true,
    sessionIdContext: SESSION_ID_CONTEXT,
    ticketKeys,
  })
}
