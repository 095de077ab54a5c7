import type { Scenario } from '../scenario.ts'
import { tlsServer, unbound, web } from './held-out-servers.ts'
import { answer, BLANK_LINE, converse, curl, GET, serve, TLS, WEB } from './requests.ts'

const SMTP = 25
const ALTERNATIVE_TLS = 8443
const SETTINGS_OF_HTTP2 = '\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64'

const flood = (...options: readonly string[]): Scenario['make'] =>
  async function make({ network: { client, server } }) {
    await client.run(['hping3', '-q', '-n', '-c', '2000', '-i', 'u300', ...options, server.ipv4], 8000)
  }

/** Faults that were found wanting in captures of strangers: each looks like another one, or like nothing. */
export const STRANGERS: readonly Scenario[] = [
  {
    // Linux takes what fits into the queue and drops further requests in silence: to see is no repeated SYN-ACK.
    name: 's-queue-full-in-silence',
    expects: ['tcp-listen-queue-full'],
    make: async (lab) => {
      const { server } = lab.network
      server.sync(['sysctl', '-qw', 'net.core.somaxconn=1'])
      const program = await server.program('tcp-peer.ts', 'listen', String(WEB), '[]')
      program.kill('SIGSTOP')
      await converse(lab, WEB, [{ send: GET }, { waitMs: 4000 }], 8)
    },
  },
  {
    name: 's-slow-heads-answered-at-last',
    expects: ['flood-slow-requests'],
    make: async (lab) => {
      await serve(lab, WEB, [
        { waitMs: 4500 },
        { send: answer('', 'HTTP/1.1 408 Request Timeout') },
        { control: 'end' },
      ])
      const drips = { repeat: [{ send: 'X-Tide: in\r\n' }, { waitMs: 1000 }], times: 4 }
      await converse(lab, WEB, [{ send: 'GET / HTTP/1.1\r\n' }, drips, { waitMs: 800 }], 40)
    },
  },
  {
    name: 's-rest-of-answer-never-sent',
    expects: ['slow-server', 'http-response-cut'],
    make: async (lab) => {
      const begun = 'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nthe tide'
      await serve(lab, WEB, [{ until: BLANK_LINE }, { send: begun }, { waitMs: 8000 }])
      await converse(lab, WEB, [{ send: GET }, { waitMs: 2500 }, { control: 'end' }, { waitMs: 100 }])
    },
  },
  {
    name: 's-slow-greeting',
    expects: ['slow-server'],
    make: async (lab) => {
      await serve(lab, SMTP, [{ waitMs: 3000 }, { send: '220 mail ESMTP\r\n' }, { until: 'QUIT' }, { control: 'end' }])
      await converse(lab, SMTP, [{ until: 'ESMTP' }, { send: 'QUIT\r\n' }, { waitMs: 200 }, { control: 'end' }])
    },
  },
  {
    // Plain HTTP on this port is odd, but both sides agree on it, and it explains nothing.
    name: 's-reset-on-a-port-for-tls',
    expects: ['tcp-reset-by-server', 'http-response-cut'],
    make: async (lab) => {
      const whole = [{ until: BLANK_LINE }, { send: answer('the tide is out') }]
      const broken = [
        { until: BLANK_LINE },
        { send: 'HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nthe' },
        { waitMs: 200 },
      ]
      await serve(lab, ALTERNATIVE_TLS, [...whole, ...broken, { control: 'reset' }])
      await converse(lab, ALTERNATIVE_TLS, [{ send: GET }, { until: 'out' }, { send: GET }, { waitMs: 600 }])
    },
  },
  {
    name: 's-http2-to-a-client-of-http1',
    expects: ['wrong-protocol-on-port'],
    make: async (lab) => {
      await serve(lab, WEB, [{ until: BLANK_LINE }, { send: SETTINGS_OF_HTTP2 }, { waitMs: 200 }, { control: 'end' }])
      await converse(lab, WEB, [{ send: GET }, { waitMs: 500 }, { control: 'end' }, { waitMs: 100 }], 2)
    },
  },
  {
    name: 's-unknown-version-of-edns',
    expects: ['dns-error'],
    points: ['client'],
    prepare: async (lab) => unbound(lab, 'module-config: "iterator"\n local-zone: "lab.test." static'),
    make: async ({ network: { client, resolver } }) =>
      void (await client.run(['dig', `@${resolver.ipv4}`, '+edns=9', '+noednsnegotiation', '+tries=1', 'lab.test'])),
  },
  {
    name: 's-client-certificate-not-wanted',
    expects: ['tls-client-certificate-demanded'],
    prepare: async (lab) => tlsServer(lab, '-tls1_3', '-Verify', '2', '-verify_return_error'),
    make: async (lab) => {
      const [certificate, key] = ['self.crt', 'self.key'].map((name) => lab.certificates.file(name))
      await curl(lab, `https://app.lab.test:${ALTERNATIVE_TLS}/`, '-k', '--cert', certificate, '--key', key)
    },
  },
  {
    // Node says nothing when it does not trust a certificate, and the server's alert comes to nobody.
    name: 's-client-leaves-without-alert',
    expects: ['tls-handshake-closed', 'tls-handshake-reset', 'tls-certificate-untrusted'],
    prepare: async (lab) => tlsServer(lab, '-tls1_3'),
    make: async ({ network: { client, server } }) => {
      const script = `require('tls').connect(${ALTERNATIVE_TLS}, '${server.ipv4}').on('error', () => process.exit())`
      await client.run([process.execPath, '-e', script])
    },
  },
  {
    name: 's-syn-with-ecn-dropped',
    expects: ['tcp-connect-delayed'],
    points: ['client'],
    prepare: async (lab) => {
      await web(lab)
      lab.network.client.sync(['sysctl', '-qw', 'net.ipv4.tcp_ecn=1'])
      lab.network.router.nft('forward', 'tcp flags & (syn | ack | ecn | cwr) == syn | ecn | cwr drop')
    },
    make: async (lab) => void (await converse(lab, WEB, [{ send: GET }, { until: 'tide is out' }, { control: 'end' }])),
  },
  {
    name: 's-reflected-to-a-port-of-another-service',
    expects: ['flood-amplification'],
    points: ['server'],
    make: flood('-2', '-s', '11211', '-k', '-p', String(TLS), '-d', '1300', '--rand-source'),
  },
  {
    name: 's-first-fragments-only',
    expects: ['flood-udp'],
    points: ['server'],
    make: flood('-2', '-x', '-p', '443', '-d', '1200', '--rand-source'),
  },
]

/** Clean traffic of strangers that looked like a fault. */
export const STRANGERS_CLEAN: readonly Scenario[] = (
  [
    {
      name: 'sc-events-as-they-come',
      make: async (lab) => {
        const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n'
        const events = { repeat: [{ send: 'data: tide\n\n' }, { waitMs: 800 }], times: 5 }
        await serve(lab, WEB, [{ until: BLANK_LINE }, { send: head }, events, { send: 'done' }, { control: 'end' }])
        await converse(lab, WEB, [{ send: GET }, { until: 'done' }, { control: 'end' }, { waitMs: 100 }])
      },
    },
  ] satisfies Omit<Scenario, 'expects'>[]
).map((scenario) => ({ ...scenario, expects: [] }))
