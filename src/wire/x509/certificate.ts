import { X509Certificate } from 'node:crypto'

/** What a certificate says (RFC 5280), read once. Times in seconds since the Unix epoch. */
export interface CertificateFacts {
  /** Distinguished names as `CN=shop.test,O=Shop` (RFC 4514), most special part first. */
  readonly subject: string
  readonly issuer: string
  readonly notBeforeSeconds: number
  readonly notAfterSeconds: number
  /** DNS names and addresses that it is for, as text. */
  readonly names: readonly string[]
  readonly isAuthority: boolean
  readonly isSelfSigned: boolean
  /** Hexadecimal, lower case. */
  readonly serialNumber: string
  readonly fingerprint256: string
  /** 'rsa', 'ec', 'ed25519' ...; '' when the key is of a kind that cannot be read. */
  readonly keyType: string
  readonly sizeBytes: number
}

/** A certificate that can be asked more than its facts. */
export class Certificate {
  readonly facts: CertificateFacts
  readonly #x509: X509Certificate

  private constructor(x509: X509Certificate, sizeBytes: number) {
    this.#x509 = x509
    this.facts = factsOf(x509, sizeBytes)
  }

  /** Reads DER. Undefined when it is no certificate. */
  static read(der: Buffer): Certificate | undefined {
    try {
      return new Certificate(new X509Certificate(der), der.length)
    } catch {
      // OpenSSL says by throwing that bytes of a stranger are no certificate.
      return undefined
    }
  }

  /** Whether `issuer` may have issued this one, by names, key identifiers and usage; the signature is checked too. */
  isIssuedBy(issuer: Certificate): boolean {
    try {
      return this.#x509.checkIssued(issuer.#x509) && this.#x509.verify(issuer.#x509.publicKey)
    } catch {
      // A key of a kind that OpenSSL does not know: the names have to do.
      return this.facts.issuer === issuer.facts.subject
    }
  }

  /** Whether it is for a host name or an address, by the rules of TLS clients (RFC 9525). */
  covers(name: string): boolean {
    try {
      return this.#x509.checkHost(name, { subject: 'never' }) !== undefined || this.#x509.checkIP(name) !== undefined
    } catch {
      return false
    }
  }
}

function factsOf(x509: X509Certificate, sizeBytes: number): CertificateFacts {
  const subject = nameText(x509.subject)
  const issuer = nameText(x509.issuer)
  return {
    subject,
    issuer,
    notBeforeSeconds: Math.floor(Date.parse(x509.validFrom) / 1000),
    notAfterSeconds: Math.floor(Date.parse(x509.validTo) / 1000),
    names: alternativeNames(x509.subjectAltName),
    isAuthority: x509.ca,
    isSelfSigned: subject === issuer && x509.checkIssued(x509),
    serialNumber: x509.serialNumber.toLowerCase(),
    fingerprint256: x509.fingerprint256.replaceAll(':', '').toLowerCase(),
    keyType: keyTypeOf(x509),
    sizeBytes,
  }
}

/** OpenSSL gives one part a line, most general first; undefined when the name is empty. */
function nameText(lines: string | undefined): string {
  return (lines ?? '').split('\n').reverse().join(',')
}

function alternativeNames(text: string | undefined): string[] {
  if (text === undefined) return []
  const names: string[] = []
  for (const match of text.matchAll(/(?:^|, )(?:DNS|IP Address):([^,"]*)/g)) names.push(match[1].toLowerCase())
  return names
}

function keyTypeOf(x509: X509Certificate): string {
  try {
    return x509.publicKey.asymmetricKeyType ?? ''
  } catch {
    return ''
  }
}
