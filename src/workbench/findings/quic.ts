import type { QuicSession } from '#detect'
import { counted, endpoint, framesOf, groupBy, SECOND } from './figures.ts'
import type { FindingRule } from './finding.ts'

/** Clients send their first packet again after less than a second. */
const PATIENCE_NS = SECOND

/** QUIC that does not come about. */
export const QUIC: FindingRule = {
  kinds: {
    'quic-blocked': {
      severity: 'medium',
      side: 'path',
      meaning:
        'The client tried QUIC and never got an answer: UDP 443 is blocked, or the server has no HTTP/3. Clients fall back to TCP, a while later.',
      next: 'See whether the same server answers over TCP. Allow UDP 443 in both directions, or let the server stop announcing h3 (Alt-Svc, HTTPS records).',
    },
    'quic-refused': {
      severity: 'medium',
      side: 'server',
      meaning: 'A QUIC connection was refused in its handshake.',
      next: 'Look at the error code: 0x1xx is an alert of TLS (0x128 handshake_failure, 0x12a to 0x130 a certificate, 0x178 no common application protocol); read the log of the side that sent it.',
    },
    'quic-version-mismatch': {
      severity: 'medium',
      side: 'client',
      meaning: 'Client and server have no version of QUIC in common.',
      next: "Compare the versions of the server's Version Negotiation packet with those of the client; bring the older one up to date.",
    },
  },
  find: ({ quic, endNs }) => {
    const isBlocked = ({ outcome, clientInitials, lastClient, firstServer }: QuicSession): boolean =>
      firstServer === undefined &&
      (outcome === 'unanswered' || outcome === 'open') &&
      (clientInitials > 1 || endNs - (lastClient?.timeNs ?? 0) > PATIENCE_NS)
    return [
      ...perServer(
        quic.filter(isBlocked),
        'quic-blocked',
        (group) =>
          `did not answer ${counted(
            group.reduce((sum, { clientInitials }) => sum + clientInitials, 0),
            'QUIC Initial packet',
          )} of ${counted(group.length, 'connection')}`,
      ),
      ...perServer(
        quic.filter(({ outcome }) => outcome === 'refused-version'),
        'quic-version-mismatch',
        (group) => `does not speak version ${group[0].versionName} of QUIC`,
      ),
      ...perServer(quic.filter(isRefused), 'quic-refused', (group) =>
        `${group[0].close?.from === 'client' ? 'was left by its client in' : 'refused'} the handshake with error 0x${(group[0].close?.errorCode ?? 0).toString(16)} ${group[0].close?.reason ?? ''}`.trimEnd(),
      ),
    ]
  },
}

function isRefused({ outcome, close, clientOneRtt }: QuicSession): boolean {
  return outcome === 'closed' && close !== undefined && close.errorCode !== 0 && clientOneRtt === undefined
}

function perServer(
  sessions: readonly QuicSession[],
  kind: string,
  told: (group: readonly QuicSession[]) => string,
): ReturnType<FindingRule['find']> {
  return [
    ...groupBy(
      sessions,
      ({ server, clientHello }) => `${endpoint(server.address, server.port)} ${clientHello?.serverName ?? ''}`,
    ).values(),
  ].map((group) => {
    const [{ server, clientHello }] = group
    const name = clientHello?.serverName
    return {
      kind,
      frames: framesOf(
        ...group.flatMap(({ firstClient, lastClient, versionNegotiation, close }) => [
          firstClient,
          versionNegotiation,
          close,
          lastClient,
        ]),
      ),
      scope: { flows: new Set(group.map(({ flow }) => flow)) },
      weight: group.length,
      ...(group.every(({ close }) => close?.from === 'client') && { side: 'client' as const }),
      text: `${endpoint(server.address, server.port)}${name === undefined ? '' : ` (${name})`} ${told(group)}.`,
    }
  })
}
