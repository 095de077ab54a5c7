import type { Evidence } from '../../findings/evidence.ts'
import { counted, duration, isTcp, percent, roundTripNs } from '../../findings/figures.ts'
import type { Finding } from '../../findings/finding.ts'

/** What one suspects first, the kinds of findings that would confirm it, and the figures that speak against it. */
interface Hypothesis {
  readonly kinds: RegExp
  /** Undefined when the capture has nothing to say about it. */
  readonly refute: (evidence: Evidence) => string | undefined
}

const LITTLE_LOSS = 0.003

const HYPOTHESES: readonly Hypothesis[] = [
  {
    kinds: /^dns-/,
    refute: ({ dns }) => {
      const answered = dns.filter(({ latencyNs, isMulticast }) => latencyNs !== undefined && !isMulticast)
      if (answered.length === 0) return undefined
      const slowest = Math.max(...answered.map(({ latencyNs = 0 }) => latencyNs))
      return `not DNS: ${counted(answered.length, 'answer')}, all within ${duration(slowest)}`
    },
  },
  {
    kinds: /^tcp-(?:syn|listen)|^icmp-(?:host|network|admin)|^arp-un|^capture-one-sided/,
    refute: ({ flows }) => {
      const asked = flows.filter((flow) => isTcp(flow) && flow.sides[0].syn !== undefined)
      const made = asked.filter(({ handshake }) => handshake.synAck !== undefined)
      if (asked.length === 0 || made.length < asked.length) return undefined
      const slowest = Math.max(...made.map((flow) => roundTripNs(flow) ?? 0))
      return `not the way to the server: ${counted(made.length, 'connection')} came about, handshakes within ${duration(slowest)}`
    },
  },
  {
    kinds: /^tcp-(?:retransmission|reordering|duplicated|checksum)|^path-|^capture-loss|^icmp-fragmentation/,
    refute: ({ flows }) => {
      const sides = flows.filter(isTcp).flatMap(({ sides }) => sides)
      const payloads = sides.reduce((sum, side) => sum + side.packets - side.synCount, 0)
      const resent = sides.reduce((sum, { losses, synCount }) => sum + losses.resent - Math.max(0, synCount - 1), 0)
      if (payloads === 0 || resent / payloads > LITTLE_LOSS) return undefined
      return resent <= 0
        ? `not loss: none of ${counted(payloads, 'TCP segment')} was sent again`
        : `not loss: ${percent(resent, payloads)} of TCP segments were sent again`
    },
  },
  {
    kinds: /^tcp-(?:zero-window|window-full)/,
    refute: ({ flows }) =>
      flows.some((flow) => isTcp(flow) && flow.sides[0].payloadBytes + flow.sides[1].payloadBytes > 0)
        ? 'not the receivers: no window stayed closed'
        : undefined,
  },
  {
    kinds: /^tls-|^wrong-protocol/,
    refute: ({ tls }) => {
      const made = tls.filter(({ outcome }) => outcome === 'established')
      return made.length === 0 || made.length < tls.length
        ? undefined
        : `not TLS: ${counted(made.length, 'handshake')} came to its end`
    },
  },
  {
    kinds: /^http-(?:4xx|5xx|unanswered|response)|^slow-server/,
    refute: ({ http }) => {
      const answered = http.filter(({ response, serverNs }) => response !== undefined && serverNs !== undefined)
      if (answered.length === 0) return undefined
      const slowest = Math.max(...answered.map(({ serverNs = 0 }) => serverNs))
      return `not the web server: ${counted(answered.length, 'request')} answered without error, within ${duration(slowest)}`
    },
  },
]

/** What the capture speaks against, in sentences with figures: a cause that is ruled out saves a test. */
export function refutedHypotheses(evidence: Evidence, findings: readonly Finding[]): string[] {
  return HYPOTHESES.filter(({ kinds }) => !findings.some(({ kind }) => kinds.test(kind))).flatMap(
    ({ refute }) => refute(evidence) ?? [],
  )
}
