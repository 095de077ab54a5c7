import type { HttpTransaction, ProtocolFault, ProtocolGuess, TlsSession } from '#detect'
import { counted, endpoint, framesOf, groupBy } from './figures.ts'
import type { FindingDraft, FindingRule } from './finding.ts'

/** Protocols that do not belong on their port, and messages that break their own rules. */
export const PROTOCOL_FAULTS: FindingRule = {
  kinds: {
    'wrong-protocol-on-port': {
      severity: 'high',
      side: 'client',
      meaning:
        'One side speaks another protocol than the other, or than the port is for: plain HTTP to a TLS port, TLS to a plain one, SSH on 443.',
      next: 'Look at what each side says first: `openssl s_client -connect HOST:PORT` and `nc HOST PORT` show what the server speaks. Correct scheme, port or listener.',
      explains: [
        'http-4xx',
        'http-malformed',
        'http-unanswered',
        'tls-alert-by-client',
        'tls-alert-by-server',
        'tls-handshake-closed',
        'tls-handshake-reset',
        'tcp-reset-by-client',
        'tcp-reset-by-server',
        'tls-version-mismatch',
        'tls-malformed',
        'slow-server',
        'tls-handshake-unanswered',
      ],
    },
    'dns-compression-loop': {
      severity: 'high',
      side: 'attacker',
      meaning: 'A name in a DNS message points at itself: readers without care run for ever.',
      next: 'Find out who sends it; a resolver should refuse it as malformed. Look whether programs that read this traffic hang.',
      explains: ['dns-malformed', 'dns-unanswered', 'dns-servfail'],
    },
    'dns-malformed': {
      severity: 'medium',
      side: 'resolver',
      meaning: 'A DNS message breaks the format: lengths that lead outside, or less than its header announces.',
      next: 'See whether something else uses port 53 (tunnels, VPN), or which server or device builds such messages.',
      explains: ['dns-unanswered'],
    },
    'tls-malformed': {
      severity: 'medium',
      side: 'unknown',
      meaning: 'A TLS record or handshake message breaks the format.',
      next: 'See which side sent it, and whether the stream is whole: a device that rewrites packets is a usual reason.',
      explains: ['tls-handshake-closed', 'tls-alert-by-client', 'tls-alert-by-server'],
    },
  },
  find: ({ protocols, protocolFaults, tls, http }) => [
    ...mismatches(protocols, tls, http),
    ...perFault(
      protocolFaults.filter(({ fault }) => fault === 'dns-compression-loop'),
      'dns-compression-loop',
    ),
    ...perFault(
      protocolFaults.filter(({ fault }) => fault === 'dns-malformed' || fault === 'dns-truncated-message'),
      'dns-malformed',
    ),
    ...perFault(
      protocolFaults.filter(({ fault }) => fault === 'tls-malformed'),
      'tls-malformed',
    ),
  ],
}

/** What TLS was tried with, and the other side answered in another language; and content that is none of its port's. */
function mismatches(
  protocols: readonly ProtocolGuess[],
  tls: readonly TlsSession[],
  http: readonly HttpTransaction[],
): FindingDraft[] {
  const answered = tls.flatMap(({ flow, server, notTls, clientHello, lastSeen }) =>
    notTls === undefined
      ? []
      : [
          {
            flow,
            server,
            frames: framesOf(clientHello, notTls, lastSeen),
            text: `the ${notTls.from} speaks ${notTls.looksLike ?? 'no TLS'} where the other side speaks TLS`,
          },
        ],
  )
  for (const { flow, server, request, otherAnswer } of http) {
    if (otherAnswer?.looksLike === undefined) continue
    const frames = framesOf(request?.first, otherAnswer)
    answered.push({
      flow,
      server,
      frames,
      text: `the server speaks ${otherAnswer.looksLike} where the client speaks HTTP`,
    })
  }
  const flows = new Set(answered.map(({ flow }) => flow))
  const agreed = agreedFlows(tls, http)
  const misplaced = protocols
    .filter(({ mismatch, flow }) => mismatch && !flows.has(flow))
    .map(({ flow, server, frame, content, port, from }) => ({
      flow,
      server,
      frames: [frame],
      text: `the ${from} speaks ${content ?? 'something else'} on a port for ${port ?? 'something else'}`,
    }))
  return [
    ...groupBy(
      [...answered, ...misplaced],
      ({ server, text }) => `${endpoint(server.address, server.port)} ${text}`,
    ).values(),
  ].map((group) => ({
    kind: 'wrong-protocol-on-port',
    frames: framesOf(...group.flatMap(({ frames }) => frames)),
    // Where both sides speak it nothing is explained by the port: it is worth a word, and other findings stand.
    ...(group.some(({ flow }) => !agreed.has(flow))
      ? { scope: { flows: new Set(group.map(({ flow }) => flow)) } }
      : { scope: {}, severity: 'low' as const }),
    weight: group.length,
    text: `On ${counted(group.length, 'connection')} to ${endpoint(group[0].server.address, group[0].server.port)} ${group[0].text}.`,
  }))
}

/** Flows in which both sides had a conversation in the same language, whatever their port is for. */
function agreedFlows(tls: readonly TlsSession[], http: readonly HttpTransaction[]): Set<number> {
  const served = http.filter(({ request, response }) => request !== undefined && (response?.status ?? 400) < 400)
  const established = tls.filter(({ outcome }) => outcome === 'established')
  return new Set([...served, ...established].map(({ flow }) => flow))
}

function perFault(faults: readonly ProtocolFault[], kind: string): FindingDraft[] {
  return [...groupBy(faults, ({ server }) => endpoint(server.address, server.port)).values()].map((group) => ({
    kind,
    frames: framesOf(...group),
    scope: { flows: new Set(group.map(({ flow }) => flow)) },
    weight: group.length,
    text: `${counted(group.length, 'message')} ${group[0].from === 'server' ? 'of' : 'to'} ${endpoint(group[0].server.address, group[0].server.port)}: ${group[0].detail}.`,
  }))
}
