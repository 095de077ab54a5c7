import type { DnsTransaction } from '#detect'
import { extendedErrorName, formatIp } from '#wire'
import type { Evidence } from './evidence.ts'
import { countBy, counted, duration, endpoint, framesOf, groupBy, MILLISECOND, SECOND } from './figures.ts'
import type { FindingDraft, FindingKind, FindingRule, Severity } from './finding.ts'

const RCODE = { serverFailure: 2, noSuchName: 3, refused: 5 } as const
/** Beside those: no error, and BADCOOKIE, by which a server hands out its cookie (RFC 7873). */
const NO_OTHER_ERROR: ReadonlySet<number> = new Set([0, ...Object.values(RCODE), 23])
/** Resolvers ask again after a second or more; an answer may still come before. */
const PATIENCE_NS = 1.5 * SECOND
const SLOW_NS = 500 * MILLISECOND
const SLOWER_NS = 200 * MILLISECOND
const SLOWER_TIMES = 10
const NAMES_SHOWN = 3

const DNS_KINDS = {
  'dns-unanswered': {
    severity: 'high',
    side: 'resolver',
    meaning: 'Questions to a name server got no answer.',
    next: 'Ask the same server from elsewhere (`dig @SERVER NAME`) and another server from here: the first tells about the server, the second about the path.',
    explains: ['dns-slow'],
  },
  'dns-nxdomain': {
    severity: 'medium',
    side: 'client',
    meaning:
      'The name server says that the name does not exist: it is misspelt, was deleted, or lives in another view of the DNS.',
    next: 'Compare with an authoritative answer: `dig NAME @8.8.8.8` and `dig +trace NAME`. A search domain that was appended gives the client away.',
  },
  'dns-servfail': {
    severity: 'high',
    side: 'resolver',
    meaning:
      'The name server could not get an answer: its upstream does not answer, or the signatures of the zone are wrong.',
    next: 'Ask with `dig +cd NAME @SERVER`: when that works, DNSSEC is broken; otherwise find out whether the authoritative servers answer (`dig +trace NAME`).',
  },
  'dns-refused': {
    severity: 'high',
    side: 'resolver',
    meaning: 'The name server does not want to answer this client or this name: access lists, or no recursion offered.',
    next: 'Look at the access list of the name server (allow-query, access-control) and whether it is meant to resolve for this client.',
  },
  'dns-error': {
    severity: 'medium',
    side: 'resolver',
    meaning: 'The name server answers with an error that says that it does not understand or support the question.',
    next: 'Repeat with `dig +noedns NAME @SERVER`: a server or firewall that does not know EDNS is the usual reason.',
  },
  'dns-slow': {
    severity: 'medium',
    side: 'resolver',
    meaning: 'Answers of the name server take long: each new name holds the client up.',
    next: 'Ask twice with `dig NAME @SERVER`: when the second time is fast the upstream is slow, otherwise the server itself or the way to it.',
  },
  'dns-hijack-like': {
    severity: 'high',
    side: 'middlebox',
    meaning:
      'One question got several answers that contradict each other, or an answer with signs of a forger: somebody on the way answers in place of the name server.',
    next: 'Compare the answers and their TTL fields; ask over TCP or TLS (`dig +tcp`, DoT), which a forger on the way cannot answer as easily.',
    explains: ['dns-nxdomain', 'dns-slow', 'icmp-port-unreachable'],
  },
  'dns-answer-from-elsewhere': {
    severity: 'high',
    side: 'resolver',
    meaning:
      'The answer came from another address or port than the question went to, and clients throw such answers away.',
    next: 'Look at the name server: with several addresses it has to answer from the one that was asked; or at NAT that rewrites only one direction.',
    explains: ['dns-unanswered', 'icmp-port-unreachable'],
  },
  'dns-truncated-without-tcp': {
    severity: 'high',
    side: 'path',
    meaning: 'Answers over UDP were cut, and asking over TCP, which is what is left then, did not work.',
    next: 'Try `dig +tcp NAME @SERVER`: TCP port 53 has to be open at the server and on the way.',
    explains: ['tcp-syn-unanswered', 'tcp-syn-refused', 'dns-unanswered'],
  },
} as const satisfies Readonly<Record<string, FindingKind>>

/** Names that do not resolve, or not well. */
export const DNS: FindingRule = {
  kinds: DNS_KINDS,
  find: (evidence) => {
    const asked = evidence.dns.filter(({ isMulticast, queries }) => !isMulticast && queries.length > 0)
    const elsewhere = asked.filter(isAnsweredElsewhere)
    const answered = countBy(
      asked.filter(({ answers }) => answers.length > 0),
      serverOf,
    )
    return [
      ...perServer(elsewhere, 'dns-answer-from-elsewhere', answeredElsewhere),
      ...perServer(
        asked.filter((one) => isUnanswered(one, evidence)),
        'dns-unanswered',
        (group) => unanswered(group, answered),
      ),
      ...perServer(
        asked.filter((one) => hasCode(one, RCODE.serverFailure)),
        'dns-servfail',
        (group) => failed(group, 'could not resolve'),
      ),
      ...perServer(
        asked.filter((one) => hasCode(one, RCODE.refused)),
        'dns-refused',
        (group) => failed(group, 'refused to answer'),
      ),
      ...perServer(asked.filter(isOtherError), 'dns-error', (group) =>
        failed(group, 'did not understand or accept the question for'),
      ),
      ...perServer(asked.filter(isMissingName), 'dns-nxdomain', (group) => failed(group, 'says that there is no name')),
      ...perServer(asked.filter(isContradictory), 'dns-hijack-like', contradictory),
      ...perServer(
        asked.filter((one) => isCutWithoutTcp(one, evidence)),
        'dns-truncated-without-tcp',
        cutWithoutTcp,
      ),
      ...slow(asked, evidence),
    ]
  },
}

type Drafted = Pick<FindingDraft, 'text'> & Partial<Pick<FindingDraft, 'severity' | 'side' | 'frames'>>

function perServer(
  transactions: readonly DnsTransaction[],
  kind: string,
  draft: (group: readonly DnsTransaction[]) => Drafted,
): FindingDraft[] {
  return [...groupBy(transactions, serverOf).values()].map((group) => ({
    kind,
    frames: framesOf(...group.flatMap(({ queries, answers }) => [...queries, ...answers])),
    scope: { flows: flowsOf(group), host: group[0].server.address },
    weight: group.length,
    ...draft(group),
  }))
}

function flowsOf(group: readonly DnsTransaction[]): Set<number> {
  return new Set(
    group.flatMap(({ flow, answers, tcpRetryFlow }) => [
      flow,
      ...answers.map((answer) => answer.flow),
      ...(tcpRetryFlow === undefined ? [] : [tcpRetryFlow]),
    ]),
  )
}

function serverOf({ server }: DnsTransaction): string {
  return endpoint(server.address, server.port)
}

function nameOf({ question }: DnsTransaction): string {
  return question === undefined ? 'a question that cannot be read' : `${question.name} ${question.typeName}`
}

function namesOf(group: readonly DnsTransaction[]): string {
  const names = [...new Set(group.map(nameOf))]
  const shown = names.slice(0, NAMES_SHOWN).join(', ')
  return names.length > NAMES_SHOWN ? `${shown} and ${counted(names.length - NAMES_SHOWN, 'other')}` : shown
}

function hasCode({ answers }: DnsTransaction, code: number): boolean {
  return answers[0]?.responseCode === code
}

function isUnanswered(transaction: DnsTransaction, { endNs, icmpErrors }: Evidence): boolean {
  const { answers, queries, queryCount, flow } = transaction
  if (answers.length > 0) return false
  const last = queries[queries.length - 1]
  const isRefused = icmpErrors.some((error) => error.flow === flow)
  return isRefused || queryCount > 1 || transaction.retriedAs !== undefined || endNs - last.timeNs > PATIENCE_NS
}

function unanswered(group: readonly DnsTransaction[], answers: ReadonlyMap<string, number>): Drafted {
  const server = serverOf(group[0])
  const queries = group.reduce((sum, { queryCount }) => sum + queryCount, 0)
  const answered = answers.get(server) ?? 0
  const severity: Severity = answered > 10 * group.length ? 'medium' : 'high'
  return {
    severity,
    text:
      `${server} did not answer ${counted(group.length, 'question')} (asked ${counted(queries, 'time')}) for ${namesOf(group)}` +
      (answered === 0 ? '.' : `, and answered ${counted(answered, 'other')}.`),
  }
}

function failed(group: readonly DnsTransaction[], what: string): Drafted {
  const errors = [
    ...new Set(
      group.flatMap(({ answers }) =>
        answers.flatMap(({ extendedErrors }) =>
          extendedErrors.map(({ code, text }) => extendedErrorName(code) + (text === '' ? '' : ` (${text})`)),
        ),
      ),
    ),
  ]
  const reason = errors.length === 0 ? '' : `; it says why: ${errors.slice(0, 2).join(', ')}`
  return {
    text: `${serverOf(group[0])} ${what} ${namesOf(group)} (${counted(group.length, 'answer')} ${group[0].answers[0].responseCodeName})${reason}.`,
  }
}

function isOtherError({ answers: [answer] }: DnsTransaction): boolean {
  return answer !== undefined && !NO_OTHER_ERROR.has(answer.responseCode)
}

/** Names that nobody expects to be there: reverse zones of private networks, probes of browsers and search domains. */
function isMissingName(transaction: DnsTransaction): boolean {
  const name = transaction.question?.name ?? ''
  if (!hasCode(transaction, RCODE.noSuchName)) return false
  return !name.endsWith('.arpa') && !PROBES.has(name)
}

const PROBES = new Set(['use-application-dns.net', 'wpad', 'isatap', 'local', '_dns.resolver.arpa'])

function isAnsweredElsewhere({ answers }: DnsTransaction): boolean {
  return answers.length > 0 && answers.every(({ fromOtherAddress }) => fromOtherAddress)
}

function answeredElsewhere(group: readonly DnsTransaction[]): Drafted {
  const { from } = group[0].answers[0]
  return {
    text: `Questions to ${serverOf(group[0])} (${namesOf(group)}) were answered from ${endpoint(from.address, from.port)}.`,
  }
}

/** Answers of one server to one question may turn, but not within moments and not both at once. */
function isContradictory({ answers, answersDiffer, queryCount }: DnsTransaction): boolean {
  return answersDiffer && answers.length > queryCount
}

function contradictory(group: readonly DnsTransaction[]): Drafted {
  const [{ answers }] = group
  const told = answers
    .slice(0, 2)
    .map(({ addresses, responseCodeName }) =>
      addresses.length === 0 ? responseCodeName : addresses.slice(0, 2).map(formatIp).join(', '),
    )
  const apart = answers.length > 1 ? duration(answers[1].timeNs - answers[0].timeNs) : ''
  return {
    text: `${namesOf(group)} was asked once of ${serverOf(group[0])} and answered twice within ${apart}: first ${told.join(', then ')}.`,
  }
}

/** TCP was tried and did not come about, or nobody even tried and asked again over UDP. */
function isCutWithoutTcp({ answers, tcpRetryFlow, transport }: DnsTransaction, evidence: Evidence): boolean {
  const [answer] = answers
  if (transport !== 'udp' || answer === undefined || !answer.truncated) return false
  if (tcpRetryFlow === undefined)
    return (
      evidence.flows.every(({ ends }) => !(ends.protocol === 6 && ends.serverPort === 53)) ||
      hasDeadTcp(answer.from.address, evidence)
    )
  const flow = evidence.flow(tcpRetryFlow)
  return flow !== undefined && flow.handshake.synAck === undefined
}

function hasDeadTcp(server: DnsTransaction['server']['address'], { flows }: Evidence): boolean {
  const tries = flows.filter(({ ends }) => ends.protocol === 6 && ends.serverPort === 53 && ends.server === server)
  return tries.length > 0 && tries.every(({ handshake }) => handshake.synAck === undefined)
}

function cutWithoutTcp(group: readonly DnsTransaction[]): Drafted {
  return {
    text: `${serverOf(group[0])} cut ${counted(group.length, 'answer')} (${namesOf(group)}), and no connection over TCP came about.`,
  }
}

function slow(asked: readonly DnsTransaction[], { baselines }: Evidence): FindingDraft[] {
  const usual = baselines.dnsLatencyNs
  const late = asked.filter(
    ({ serverLatencyNs: latency = 0, answers }) =>
      answers.length > 0 &&
      (latency >= SLOW_NS || (usual !== undefined && latency >= SLOWER_NS && latency >= SLOWER_TIMES * usual)),
  )
  return perServer(late, 'dns-slow', (group) => {
    const worst = Math.max(...group.map(({ serverLatencyNs = 0 }) => serverLatencyNs))
    return {
      severity: worst >= SECOND ? 'medium' : 'low',
      text:
        `${serverOf(group[0])} took up to ${duration(worst)} to answer ${counted(group.length, 'question')} for ${namesOf(group)}` +
        (usual === undefined || usual > worst / 2 ? '.' : `; half of all answers take up to ${duration(usual)}.`),
    }
  })
}
