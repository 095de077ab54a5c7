import type { QuicSession, TlsSession } from '#detect'
import { tlsVersionName } from '#wire'
import { framesOf } from '../../findings/figures.ts'
import { durationsOf, factsOf, type StepFacts } from './conversation.ts'

type Hello = NonNullable<TlsSession['clientHello']>

function helloFacts(hello: Hello): Readonly<Record<string, string>> {
  return factsOf({
    'server name': hello.serverName ?? 'none',
    versions: hello.versions.map(tlsVersionName).join(' '),
    ALPN: hello.alpn.join(' '),
    JA4: hello.ja4,
    ciphers: hello.ciphers.length,
    groups: hello.supportedGroups.join(' '),
    'key shares': hello.keyShareGroups.join(' '),
    'offers resumption': hello.offersResumption,
    'encrypted client hello': hello.hasEncryptedClientHello,
    segments: hello.segments,
  })
}

export function tlsSteps(session: TlsSession): StepFacts[] {
  const { clientHello, serverHello, helloRetryRequest, certificateChain, certificateRequest, clientCertificate } =
    session
  const leaf = certificateChain?.certificates[0]
  const steps: StepFacts[] = []
  if (clientHello !== undefined) {
    steps.push({ step: 'tls-hello', frames: framesOf(clientHello), facts: helloFacts(clientHello), durations: {} })
  }
  steps.push({
    step: 'tls-answer',
    frames: framesOf(helloRetryRequest, serverHello, certificateChain, certificateRequest, session.notTls),
    facts: factsOf({
      answered: serverHello !== undefined || helloRetryRequest !== undefined,
      'other protocol': session.notTls === undefined ? undefined : (session.notTls.looksLike ?? 'unknown'),
      version: serverHello === undefined ? undefined : tlsVersionName(serverHello.version),
      cipher: serverHello?.cipherName,
      ALPN: serverHello?.alpn,
      'hello retry': helloRetryRequest !== undefined,
      resumed: serverHello?.resumed,
      'downgrade mark': serverHello?.downgradeMark,
      'certificate subject': leaf?.subject,
      'certificate issuer': leaf?.issuer,
      'certificate fingerprint': leaf?.fingerprint256,
      'certificate names': leaf?.names.join(' '),
      'certificate expired': certificateChain?.leafExpired,
      'certificate covers the name': certificateChain?.coversServerName,
      'certificates in the chain': certificateChain?.certificates.length,
      'client certificate asked for': certificateRequest !== undefined,
      'client certificate given': clientCertificate === undefined ? undefined : clientCertificate.count > 0,
    }),
    durations: durationsOf({ 'to the ServerHello': session.serverHelloNs }),
  })
  steps.push(endStep(session))
  return steps
}

function endStep({
  alerts,
  outcome,
  endedBy,
  handshakeNs,
  lastSeen,
  abandonedAfterCertificate,
}: TlsSession): StepFacts {
  const alert = alerts.find(({ level, encrypted }) => encrypted || level === 'fatal') ?? alerts[0]
  return {
    step: 'tls-end',
    frames: alert === undefined ? framesOf(lastSeen) : framesOf(...alerts),
    facts: factsOf({
      outcome,
      alert: alert === undefined ? undefined : (alert.name ?? 'encrypted'),
      'alert from': alert?.from,
      'ended by': endedBy,
      'abandoned after the certificate': abandonedAfterCertificate,
    }),
    durations: durationsOf({ 'the handshake': handshakeNs }),
  }
}

export function quicSteps(session: QuicSession): StepFacts[] {
  const { clientHello, serverHello, versionNegotiation, retry, close, outcome, answerNs } = session
  return [
    {
      step: 'quic-hello',
      frames: framesOf(session.firstClient),
      facts: {
        ...factsOf({ 'QUIC version': session.versionName }),
        ...(clientHello === undefined ? {} : helloFacts(clientHello)),
      },
      durations: {},
    },
    {
      step: 'quic-answer',
      frames: framesOf(session.firstServer, versionNegotiation, retry, close),
      facts: factsOf({
        outcome,
        cipher: serverHello?.cipherName,
        'version negotiation': versionNegotiation !== undefined,
        retry: retry !== undefined,
        'error code': close?.errorCode,
        'closed by': close?.from,
      }),
      durations: durationsOf({ 'to the first answer': answerNs }),
    },
  ]
}
