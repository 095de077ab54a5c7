import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { messageOf, TidegateError } from '#kernel'

/** PEM files of one certificate: the leaf first, then its intermediates; and the key. */
export interface CertificateFiles {
  readonly certFile: string
  readonly keyFile: string
}

export interface CertificateWarning {
  readonly file: string
  readonly fault: 'certificate-expired' | 'certificate-expires-soon' | 'certificate-not-yet-valid' | 'chain-incomplete'
  /** One sentence that says what to do. */
  readonly detail: string
}

export interface LoadedCertificate {
  readonly certPem: string
  readonly keyPem: string
  /** Lower-case DNS names of the certificate, wildcards included. */
  readonly names: readonly string[]
  readonly warnings: readonly CertificateWarning[]
}

const CERTIFICATE_BLOCK = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g
const DAY_MS = 86_400_000
const SOON_DAYS = 14

/** Reads and checks a pair. Throws ERR_CERTIFICATE_INVALID naming the file and the reason. */
export function loadCertificate(files: CertificateFiles): LoadedCertificate {
  const certPem = readPem(files.certFile, 'certificate')
  const keyPem = readPem(files.keyFile, 'private key')
  const chain = parseChain(files.certFile, certPem)
  const key = parseKey(files.keyFile, keyPem)
  if (!chain[0].checkPrivateKey(key)) {
    throw invalid(files.keyFile, `this key does not belong to the certificate in ${files.certFile}`, PAIR_REMEDY)
  }
  try {
    // The TLS library refuses what parses but may not be used: weak keys, weak signatures.
    createSecureContext({ cert: certPem, key: keyPem })
  } catch (error) {
    throw invalid(files.certFile, messageOf(error), 'Issue the certificate again with a key of today.', error)
  }
  return { certPem, keyPem, names: namesOf(chain[0]), warnings: warningsOf(files.certFile, chain) }
}

const PAIR_REMEDY =
  'Name the key that the certificate was issued for; the leaf certificate must stand first in its file.'

function invalid(file: string, reason: string, remedy: string, cause?: unknown): TidegateError {
  return new TidegateError('ERR_CERTIFICATE_INVALID', `${file}: ${reason}`, { source: 'configuration', remedy, cause })
}

function readPem(file: string, what: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch (error) {
    throw invalid(
      file,
      `cannot read the ${what}: ${messageOf(error)}`,
      'Check the path and the rights of the file.',
      error,
    )
  }
}

function parseChain(file: string, pem: string): [X509Certificate, ...X509Certificate[]] {
  const [leaf, ...rest] = pem.match(CERTIFICATE_BLOCK) ?? []
  if (leaf === undefined) {
    throw invalid(
      file,
      'no certificate in PEM form (-----BEGIN CERTIFICATE-----)',
      'Convert it: openssl x509 -in FILE -out FILE.pem',
    )
  }
  try {
    return [new X509Certificate(leaf), ...rest.map((block) => new X509Certificate(block))]
  } catch (error) {
    throw invalid(
      file,
      `a certificate cannot be parsed: ${messageOf(error)}`,
      'Copy the file again: it is damaged.',
      error,
    )
  }
}

function parseKey(file: string, pem: string): KeyObject {
  if (/ENCRYPTED/.test(pem)) {
    throw invalid(
      file,
      'the private key is encrypted',
      'Decrypt it: openssl pkey -in FILE -out FILE.plain, and set its mode to 0600.',
    )
  }
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) {
    throw invalid(
      file,
      'no private key in PEM form (-----BEGIN PRIVATE KEY-----)',
      'Name the key file that belongs to the certificate.',
    )
  }
  try {
    return createPrivateKey(pem)
  } catch (error) {
    throw invalid(
      file,
      `the private key cannot be parsed: ${messageOf(error)}`,
      'Copy the file again: it is damaged.',
      error,
    )
  }
}

function namesOf(leaf: X509Certificate): readonly string[] {
  const names: string[] = []
  for (const entry of (leaf.subjectAltName ?? '').split(', ')) {
    if (entry.startsWith('DNS:')) names.push(entry.slice(4).toLowerCase())
  }
  return names
}

function warningsOf(file: string, chain: readonly [X509Certificate, ...X509Certificate[]]): CertificateWarning[] {
  const warnings: CertificateWarning[] = []
  const leaf = chain[0]
  const now = Date.now()
  const untilMs = leaf.validToDate.getTime()
  if (untilMs < now) {
    warnings.push({
      file,
      fault: 'certificate-expired',
      detail: `expired on ${leaf.validTo}: clients refuse it; renew it`,
    })
  } else if (untilMs < now + SOON_DAYS * DAY_MS) {
    warnings.push({ file, fault: 'certificate-expires-soon', detail: `expires on ${leaf.validTo}: renew it` })
  }
  if (leaf.validFromDate.getTime() > now) {
    warnings.push({ file, fault: 'certificate-not-yet-valid', detail: `valid from ${leaf.validFrom}: check the clock` })
  }
  const gap = chainGap(chain)
  if (gap !== undefined) warnings.push({ file, fault: 'chain-incomplete', detail: gap })
  return warnings
}

/** Servers send the leaf and every intermediate (RFC 8446 section 4.4.2); only the root may be left out. */
function chainGap(chain: readonly [X509Certificate, ...X509Certificate[]]): string | undefined {
  for (const [i, certificate] of chain.entries()) {
    const issuer = chain[i + 1]
    if (issuer !== undefined && !certificate.checkIssued(issuer)) {
      return `certificate ${i + 2} of the file did not issue certificate ${i + 1}: put the chain in order, leaf first`
    }
  }
  const leaf = chain[0]
  const selfSigned = leaf.checkIssued(leaf)
  if (chain.length > 1 || selfSigned) return undefined
  return `only the leaf is in the file: append the intermediate certificate "${leaf.issuer.replaceAll('\n', ', ')}"`
}
