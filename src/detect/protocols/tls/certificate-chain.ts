import { Certificate, type CertificateFacts } from '#wire'
import type { Moment } from '../../flows/contract.ts'
import type { TlsCertificate, TlsCertificateChain } from './tls-session.ts'

/** Servers show the same few certificates again and again. */
const KNOWN_LIMIT = 512
const known = new Map<string, Certificate>()

const UNREADABLE: CertificateFacts = {
  subject: '',
  issuer: '',
  notBeforeSeconds: 0,
  notAfterSeconds: 0,
  names: [],
  isAuthority: false,
  isSelfSigned: false,
  serialNumber: '',
  fingerprint256: '',
  keyType: '',
  sizeBytes: 0,
}

function readCertificate(der: Buffer): Certificate | undefined {
  const key = der.toString('latin1')
  const before = known.get(key)
  if (before !== undefined) return before
  const certificate = Certificate.read(der)
  if (certificate === undefined) return undefined
  if (known.size >= KNOWN_LIMIT) known.delete(known.keys().next().value!)
  known.set(key, certificate)
  return certificate
}

/** The certificates that a server sent in the clear; they are read when somebody asks. */
export class CertificateChainSeen implements TlsCertificateChain {
  readonly frame: number
  readonly timeNs: number
  readonly #der: readonly Buffer[]
  readonly #serverName: string | undefined
  readonly #atSeconds: () => number
  #certificates: readonly (Certificate | undefined)[] | undefined = undefined

  /** `atSeconds` tells the time of the capture, seconds since the Unix epoch. */
  constructor(der: readonly Buffer[], serverName: string | undefined, atSeconds: () => number, at: Moment) {
    this.#der = der
    this.#serverName = serverName
    this.#atSeconds = atSeconds
    this.frame = at.frame
    this.timeNs = at.timeNs
  }

  get #read(): readonly (Certificate | undefined)[] {
    return (this.#certificates ??= this.#der.map(readCertificate))
  }

  get certificates(): readonly TlsCertificate[] {
    return this.#read.map(
      (certificate, index) => certificate?.facts ?? { ...UNREADABLE, sizeBytes: this.#der[index].length },
    )
  }

  get brokenLinkAt(): number {
    const chain = this.#read
    return chain.findIndex((certificate, index) => {
      const issuer = chain[index + 1]
      return issuer !== undefined && certificate !== undefined && !certificate.isIssuedBy(issuer)
    })
  }

  get isLeafAlone(): boolean {
    const [leaf, ...others] = this.#read
    if (leaf === undefined || leaf.facts.isSelfSigned) return false
    return !others.some((other) => other !== undefined && leaf.isIssuedBy(other))
  }

  get coversServerName(): boolean | undefined {
    return this.#serverName === undefined ? undefined : this.#read[0]?.covers(this.#serverName)
  }

  get leafExpired(): boolean {
    const leaf = this.#read[0]
    return leaf !== undefined && this.#atSeconds() > leaf.facts.notAfterSeconds
  }

  get leafNotYetValid(): boolean {
    const leaf = this.#read[0]
    return leaf !== undefined && this.#atSeconds() < leaf.facts.notBeforeSeconds
  }

  get outOfTimeAt(): number {
    const seconds = this.#atSeconds()
    return this.#read.findIndex((certificate) => {
      if (certificate === undefined) return false
      const { notBeforeSeconds, notAfterSeconds } = certificate.facts
      return seconds < notBeforeSeconds || seconds > notAfterSeconds
    })
  }
}
