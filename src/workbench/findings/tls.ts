import type { TlsAlert, TlsCertificate, TlsClientHello, TlsSession } from '#detect'
import { tlsVersionName } from '#wire'
import { counted, endpoint, framesOf, groupBy, SECOND } from './figures.ts'
import type { FindingDraft, FindingRule } from './finding.ts'
import { TLS_KINDS } from './tls-kinds.ts'

const ALERT = {
  handshakeFailure: 40,
  badCertificate: 42,
  certificateExpired: 45,
  certificateUnknown: 46,
  unknownCa: 48,
  protocolVersion: 70,
  insufficientSecurity: 71,
  unrecognizedName: 112,
  certificateRequired: 116,
  noApplicationProtocol: 120,
} as const
const TLS_1_3 = 0x0304
const PATIENCE_NS = 2 * SECOND
const GENEROUS_CIPHERS = 8
/** ecdsa_secp256r1_sha256 and rsa_pss_rsae_sha256; secp256r1 and x25519. */
const EVERYDAY_SIGNATURES = [0x0403, 0x0804]
const EVERYDAY_GROUPS = [0x17, 0x1d]

type SessionTest = (session: TlsSession) => boolean

/** Sessions that were not agreed upon. In the order of this list each session gives at most one finding: causes first. */
const CAUSES: readonly (readonly [
  kind: keyof typeof TLS_KINDS,
  holds: SessionTest,
  told: (session: TlsSession) => string,
])[] = [
  ['tls-version-mismatch', isVersionMismatch, (session) => `${offered(session)}${chosen(session)}`],
  [
    'tls-alpn-mismatch',
    (session) => hasAlert(session, ALERT.noApplicationProtocol),
    ({ clientHello }) => `client offered ${clientHello?.alpn.join(', ') ?? 'nothing'}`,
  ],
  ['tls-sni-missing', isNameMissing, (session) => `the ClientHello names no host, and ${ending(session)}`],
  [
    'tls-sni-unrecognized',
    (session) => hasAlert(session, ALERT.unrecognizedName),
    ({ clientHello }) => `the server does not know ${clientHello?.serverName ?? 'the name'}`,
  ],
  [
    'tls-client-certificate-demanded',
    isCertificateDemanded,
    (session) =>
      `the server asked for a certificate, the client gave ${isCertificateGiven(session) ? 'one' : 'none'}, and ${ending(session)}`,
  ],
  [
    'tls-cipher-mismatch',
    isCipherMismatch,
    (session) =>
      `the client offered ${counted(session.clientHello?.ciphers.length ?? 0, 'cipher suite')}, and ${ending(session)}`,
  ],
  [
    'tls-certificate-expired',
    isExpired,
    (session) =>
      leaf(session) === undefined
        ? ending(session)
        : `${leafText(session)} ended on ${day(leaf(session)?.notAfterSeconds)}`,
  ],
  [
    'tls-certificate-not-yet-valid',
    (session) => isDistrusted(session) && session.certificateChain?.leafNotYetValid === true,
    (session) => `${leafText(session)} begins on ${day(leaf(session)?.notBeforeSeconds)}`,
  ],
  [
    'tls-certificate-wrong-name',
    (session) => isDistrusted(session) && session.certificateChain?.coversServerName === false,
    (session) =>
      `the client asked for ${session.clientHello?.serverName ?? '?'}, the certificate is for ${leaf(session)?.names.slice(0, 4).join(', ') ?? '?'}`,
  ],
  [
    'tls-certificate-self-signed',
    (session) => isDistrusted(session) && leaf(session)?.isSelfSigned === true,
    (session) => `${leafText(session)} is signed by itself`,
  ],
  [
    'tls-certificate-missing-intermediate',
    (session) => isDistrusted(session) && session.certificateChain?.isLeafAlone === true,
    (session) => `${leafText(session)} was issued by ${leaf(session)?.issuer ?? '?'}, whose certificate was not sent`,
  ],
  [
    'tls-certificate-untrusted',
    isUntrusted,
    (session) =>
      `${leafText(session)} was issued by ${leaf(session)?.issuer ?? 'somebody that cannot be seen'}, and ${ending(session)}`,
  ],
  [
    'tls-alert-by-client',
    (session) => fatalAlert(session)?.from === 'client' && failed(session),
    (session) => alertText(fatalAlert(session), session),
  ],
  [
    'tls-alert-by-server',
    (session) => fatalAlert(session)?.from === 'server' && failed(session),
    (session) => alertText(fatalAlert(session), session),
  ],
  ['tls-handshake-reset', (session) => isEndedBy(session, 'reset'), ending],
  ['tls-handshake-closed', (session) => isEndedBy(session, 'fin'), ending],
  ['tls-handshake-unanswered', isUnanswered, () => 'the ClientHello was not answered'],
]

const ENDINGS: ReadonlySet<keyof typeof TLS_KINDS> = new Set(['tls-handshake-reset', 'tls-handshake-closed'])

/** TLS sessions that failed, and why. */
export const TLS: FindingRule = {
  kinds: TLS_KINDS,
  find: ({ tls, endNs }) => {
    const causes = tls
      .filter((session) => !isUnderWay(session, endNs))
      .flatMap((session) => {
        const cause = CAUSES.find(([, holds]) => holds(session))
        return cause === undefined ? [] : [{ kind: cause[0], session, told: cause[2](session) }]
      })
    const groups = groupBy(
      causes,
      ({ kind, session: { server, clientHello } }) =>
        `${kind} ${endpoint(server.address, server.port)} ${clientHello?.serverName ?? ''}`,
    )
    return [...groups.values()].map((group): FindingDraft => {
      const [{ kind, session, told }] = group
      const name = session.clientHello?.serverName
      return {
        kind,
        frames: framesOf(...group.flatMap((cause) => evidenceFrames(cause.session))),
        scope: { flows: new Set(group.map((cause) => cause.session.flow)) },
        weight: group.length,
        ...(isRepelled(session) &&
          ENDINGS.has(kind) && { side: 'client', next: TLS_KINDS['tls-alert-by-client'].next }),
        text: `${counted(group.length, 'session')} with ${endpoint(session.server.address, session.server.port)}${name === undefined ? '' : ` (${name})`}: ${told}.`,
      }
    })
  },
}

function evidenceFrames({
  clientHello,
  serverHello,
  certificateChain,
  certificateRequest,
  clientCertificate,
  alerts,
  lastSeen,
}: TlsSession): number[] {
  return framesOf(
    clientHello,
    serverHello,
    certificateChain,
    certificateRequest,
    clientCertificate,
    ...alerts,
    lastSeen,
  )
}

/** The capture ended while the handshake may still have gone on. */
function isUnderWay({ end, alerts, clientHello, serverHello, lastSeen }: TlsSession, endNs: number): boolean {
  const { timeNs } = serverHello ?? clientHello ?? lastSeen
  return (end === 'open' || end === undefined) && alerts.length === 0 && endNs - timeNs < PATIENCE_NS
}

function failed({ outcome }: TlsSession): boolean {
  return outcome === 'alert' || outcome === 'closed'
}

/** The session ended before its handshake did, or an alert ended it. */
function fatalAlert({ alerts }: TlsSession): TlsAlert | undefined {
  return alerts.find(
    ({ level, description, encrypted, duringHandshake }) =>
      (level === 'fatal' || (encrypted && duringHandshake)) && description !== 0,
  )
}

function hasAlert({ alerts, outcome }: TlsSession, ...descriptions: readonly number[]): boolean {
  return (
    outcome !== 'established' &&
    alerts.some(({ description }) => description !== undefined && descriptions.includes(description))
  )
}

function isVersionMismatch(session: TlsSession): boolean {
  const { serverHello, clientHello } = session
  if (hasAlert(session, ALERT.protocolVersion)) return true
  return (
    failed(session) &&
    serverHello !== undefined &&
    clientHello !== undefined &&
    !clientHello.versions.includes(serverHello.version)
  )
}

/** The alert of a server that finds nothing in common comes in place of its ServerHello, or of the second one. */
function isCipherMismatch(session: TlsSession): boolean {
  if (session.serverHello !== undefined) return false
  return (
    hasAlert(session, ALERT.handshakeFailure, ALERT.insufficientSecurity) &&
    session.alerts.some(({ from }) => from === 'server')
  )
}

function isNameMissing(session: TlsSession): boolean {
  if (
    session.clientHello === undefined ||
    session.clientHello.serverName !== undefined ||
    session.clientHello.hasEncryptedClientHello
  )
    return false
  if (hasAlert(session, ALERT.unrecognizedName)) return true
  return (
    hasAlert(session, ALERT.handshakeFailure) && session.serverHello === undefined && isGenerous(session.clientHello)
  )
}

/** A hello with something for every server: what it does not say is the name. */
function isGenerous({ ciphers, signatureAlgorithms, supportedGroups }: TlsClientHello): boolean {
  const hasSignatures = EVERYDAY_SIGNATURES.every((algorithm) => signatureAlgorithms.includes(algorithm))
  return (
    ciphers.length >= GENEROUS_CIPHERS &&
    hasSignatures &&
    EVERYDAY_GROUPS.every((group) => supportedGroups.includes(group))
  )
}

/**
 * Seen as such up to TLS 1.2. In TLS 1.3 an alert of the server behind the client's end of the handshake is what is left to
 * see: the client was done, and the server was not content with it.
 */
function isCertificateDemanded(session: TlsSession): boolean {
  if (hasAlert(session, ALERT.certificateRequired)) return true
  const alert = fatalAlert(session)
  if (session.certificateRequest !== undefined) {
    if (alert?.from !== 'server') return false
    return !isCertificateGiven(session) || alert.encrypted || TRUST_ALERTS.includes(alert.description ?? 0)
  }
  return (
    session.serverHello?.version === TLS_1_3 &&
    alert?.from === 'server' &&
    alert.encrypted &&
    session.clientEncryptedFrom !== undefined
  )
}

function isCertificateGiven({ clientCertificate }: TlsSession): boolean {
  return clientCertificate !== undefined && clientCertificate.count > 0
}

function leaf({ certificateChain }: TlsSession): TlsCertificate | undefined {
  return certificateChain?.certificates[0]
}

function isExpired(session: TlsSession): boolean {
  if (hasAlert(session, ALERT.certificateExpired) && fatalAlert(session)?.from === 'client') return true
  return isDistrusted(session) && session.certificateChain?.leafExpired === true
}

/**
 * The client did not go on when it had seen the certificate, or ended the session before it said anything in it: some
 * programs look at the name only then. Those that do not verify see bad certificates every day.
 */
function isDistrusted(session: TlsSession): boolean {
  if (session.certificateChain === undefined) return false
  return session.abandonedAfterCertificate || fatalAlert(session)?.from === 'client' || isUnused(session)
}

function isUnused({ outcome, clientApplicationData, endedBy, alerts }: TlsSession): boolean {
  const isClientsEnd = endedBy === 'client' || alerts.some(({ from }) => from === 'client')
  return outcome === 'established' && clientApplicationData === undefined && isClientsEnd
}

const TRUST_ALERTS: readonly number[] = [
  ALERT.badCertificate,
  ALERT.certificateUnknown,
  ALERT.unknownCa,
  ALERT.certificateExpired,
]

function isUntrusted(session: TlsSession): boolean {
  if (hasAlert(session, ...TRUST_ALERTS) && fatalAlert(session)?.from === 'client') return true
  if (isUnused(session) && session.end === 'reset' && session.certificateChain !== undefined) return true
  return session.certificateChain !== undefined && session.abandonedAfterCertificate
}

/** A client that goes away before anything came has waited in vain: that is another finding. */
function isEndedBy({ outcome, end, endedBy, clientHello }: TlsSession, how: 'reset' | 'fin'): boolean {
  if (clientHello === undefined || end !== how) return false
  return outcome === 'closed' || (outcome === 'unanswered' && endedBy === 'server')
}

function isUnanswered({ clientHello, outcome, notTls }: TlsSession): boolean {
  return clientHello !== undefined && notTls === undefined && outcome === 'unanswered'
}

function offered({ clientHello }: TlsSession): string {
  return `the client offers ${clientHello?.versions.map(tlsVersionName).join(', ') ?? 'nothing'}`
}

function chosen(session: TlsSession): string {
  const { serverHello } = session
  return serverHello === undefined
    ? `, and ${ending(session)}`
    : `, the server chose ${tlsVersionName(serverHello.version)}, and ${ending(session)}`
}

function ending(session: TlsSession): string {
  const alert = fatalAlert(session)
  if (alert !== undefined) return alertText(alert, session)
  const who = session.endedBy === undefined ? 'somebody' : `the ${session.endedBy}`
  const hint = isRepelled(session) ? DISTRUST : ''
  return session.end === 'reset'
    ? `${who} reset the connection${hint}`
    : session.end === 'fin'
      ? `${who} closed the connection${hint}`
      : 'nothing more came'
}

const DISTRUST = ', right after the certificate: it most likely does not accept it'

/** The client saw the flight with the certificate and went away without a word. */
function isRepelled({ abandonedAfterCertificate, endedBy, alerts }: TlsSession): boolean {
  return abandonedAfterCertificate && endedBy === 'client' && alerts.every(({ from }) => from === 'server')
}

function alertText(alert: TlsAlert | undefined, { serverHello }: TlsSession): string {
  if (alert === undefined) return 'nothing more came'
  if (alert.name !== undefined) return `the ${alert.from} sent the alert ${alert.name}`
  const hint = alert.from === 'client' && serverHello !== undefined ? DISTRUST : ''
  return `the ${alert.from} sent an encrypted alert${hint}`
}

function leafText(session: TlsSession): string {
  return `the certificate ${leaf(session)?.subject.replaceAll('\n', ', ').slice(0, 80) ?? ''}`.trim()
}

function day(seconds: number | undefined): string {
  return seconds === undefined ? 'a day that cannot be read' : new Date(seconds * 1000).toISOString().slice(0, 10)
}
