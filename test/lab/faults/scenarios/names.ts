import type { DnsBehaviour } from '../dns-behaviour.ts'
import { startNginx } from '../nginx.ts'
import type { Lab, Scenario } from '../scenario.ts'

const GOOD: DnsBehaviour = { suffix: 'lab.test', addresses: ['198.51.100.10'] }
const SERVFAIL = 2
const NXDOMAIN = 3
const REFUSED = 5
const FORMERR = 1

/** The resolver's behaviour; the client asks it. */
async function resolve({ network }: Lab, ...behaviours: readonly DnsBehaviour[]): Promise<void> {
  network.client.useResolver(network.resolver.ipv4)
  await network.resolver.program('dns-server.ts', JSON.stringify([...behaviours, GOOD]))
}

/** Questions of the client, one after the other, by the tool that an engineer would use. */
async function dig({ network: { client, resolver } }: Lab, ...questions: readonly string[]): Promise<void> {
  for (const question of questions) {
    await client.run(['dig', `@${resolver.ipv4}`, '+time=1', '+tries=2', ...question.split(' ')])
  }
}

const fetchByName = (lab: Lab, url: string): Promise<unknown> =>
  lab.network.client.run(['curl', '-sS', '-4', '-o', '/dev/null', '--max-time', '6', url])

/** Names that do not resolve, or not to what they should. */
export const NAMES: readonly Scenario[] = [
  {
    name: 'resolver-drops-questions',
    expects: ['dns-unanswered'],
    prepare: async (lab) => {
      await resolve(lab)
      lab.network.resolver.nft('input', 'udp dport 53 drop')
    },
    points: ['client'],
    make: async (lab) => void (await fetchByName(lab, 'http://app.lab.test/')),
  },
  {
    name: 'resolver-silent-for-one-zone',
    expects: ['dns-unanswered'],
    points: ['client'],
    prepare: async (lab) => resolve(lab, { suffix: 'broken.test', silent: true }),
    make: async (lab) => dig(lab, 'a.lab.test', 'www.broken.test', 'b.lab.test'),
  },
  {
    name: 'no-resolver-there',
    expects: ['icmp-port-unreachable', 'dns-unanswered'],
    points: ['client'],
    prepare: async ({ network }) => network.client.useResolver(network.resolver.ipv4),
    make: async (lab) => dig(lab, 'app.lab.test', 'www.lab.test'),
  },
  {
    name: 'name-does-not-exist',
    expects: ['dns-nxdomain'],
    points: ['client'],
    prepare: async (lab) => resolve(lab, { suffix: 'gone.test', rcode: NXDOMAIN }),
    make: async (lab) => void (await fetchByName(lab, 'http://portal.gone.test/')),
  },
  {
    name: 'name-misspelt-among-others',
    expects: ['dns-nxdomain'],
    points: ['client'],
    prepare: async (lab) => resolve(lab, { suffix: 'ap.lab.test', rcode: NXDOMAIN }),
    make: async (lab) => dig(lab, 'app.lab.test', 'www.lab.test', 'ap.lab.test', 'mail.lab.test'),
  },
  {
    name: 'zone-fails',
    expects: ['dns-servfail'],
    points: ['client'],
    prepare: async (lab) => resolve(lab, { suffix: 'bogus.test', rcode: SERVFAIL }),
    make: async (lab) => void (await fetchByName(lab, 'http://www.bogus.test/')),
  },
  {
    name: 'resolver-refuses',
    expects: ['dns-refused'],
    points: ['client'],
    prepare: async (lab) => resolve(lab, { suffix: 'outside.test', rcode: REFUSED }),
    make: async (lab) => dig(lab, 'www.outside.test', 'ftp.outside.test'),
  },
  {
    name: 'resolver-does-not-understand',
    expects: ['dns-error'],
    points: ['client'],
    prepare: async (lab) => resolve(lab, { suffix: 'odd.test', rcode: FORMERR }),
    make: async (lab) => dig(lab, '+noedns www.odd.test', '+noedns ftp.odd.test'),
  },
  {
    name: 'resolver-slow',
    expects: ['dns-slow'],
    points: ['client'],
    prepare: async (lab) =>
      resolve(lab, { suffix: 'slow.test', delayMs: lab.dice.between(700, 900), addresses: ['198.51.100.7'] }),
    make: async (lab) => dig(lab, 'a.lab.test', 'b.lab.test', 'www.slow.test', 'c.lab.test', 'ftp.slow.test'),
  },
  {
    name: 'answers-cut-and-tcp-closed',
    expects: ['dns-truncated-without-tcp'],
    points: ['client'],
    prepare: async (lab) =>
      resolve(lab, { suffix: 'big.test', truncate: true, addresses: ['198.51.100.8'], noTcp: true }),
    make: async (lab) => dig(lab, 'www.big.test', 'ftp.big.test'),
  },
  {
    name: 'answers-cut-and-tcp-dropped',
    expects: ['dns-truncated-without-tcp'],
    points: ['client'],
    prepare: async (lab) => {
      await resolve(lab, { suffix: 'big.test', truncate: true, addresses: ['198.51.100.8'] })
      lab.network.router.nft('forward', 'tcp dport 53 drop')
    },
    make: async (lab) => dig(lab, 'www.big.test'),
  },
  {
    name: 'answer-forged-on-the-way',
    expects: ['dns-hijack-like'],
    points: ['client', 'router'],
    // The forger sits on the wire to the server, so the server plays the resolver here.
    wire: () => ({ up: { delayMs: 20 }, down: { delayMs: 20 }, inject: { trigger: 'news', kind: 'answer', ttl: 200 } }),
    prepare: async ({ network: { server } }) =>
      void (await server.program('dns-server.ts', JSON.stringify([{ suffix: 'test', addresses: ['198.51.100.40'] }]))),
    make: async ({ network: { client, server } }) => {
      for (const name of ['www.lab.test', 'www.news.test', 'mail.lab.test']) {
        await client.run(['dig', `@${server.ipv4}`, '+time=1', '+tries=1', name])
      }
    },
  },
  {
    name: 'answer-from-another-port',
    expects: ['dns-answer-from-elsewhere', 'dns-unanswered'],
    points: ['client'],
    prepare: async (lab) => resolve(lab, { suffix: 'else.test', addresses: ['198.51.100.9'], otherPort: true }),
    make: async (lab) => dig(lab, 'www.lab.test', 'www.else.test'),
  },
  {
    name: 'compression-loop',
    expects: ['dns-compression-loop'],
    points: ['client'],
    prepare: async (lab) => resolve(lab, { suffix: 'loop.test', addresses: ['198.51.100.9'], loop: true }),
    make: async (lab) => dig(lab, 'www.loop.test'),
  },
  {
    name: 'dns-blocked-but-web-works',
    expects: ['dns-unanswered'],
    points: ['client'],
    prepare: async (lab) => {
      const { client, resolver, router } = lab.network
      client.useResolver(resolver.ipv4)
      router.nft('forward', 'udp dport 53 drop')
      await startNginx(lab.network.server, lab.folder, 'server { listen 80; }')
    },
    make: async (lab) => {
      await lab.network.client.run(['curl', '-sS', `http://${lab.network.server.ipv4}/`])
      await fetchByName(lab, 'http://app.lab.test/')
    },
  },
]
