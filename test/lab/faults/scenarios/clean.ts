import { setTimeout as sleep } from 'node:timers/promises'
import { startNginx } from '../nginx.ts'
import type { Lab, Scenario } from '../scenario.ts'
import type { PeerStep } from '../peer-step.ts'
import { answer, BLANK_LINE, converse, curl, GET, serve, WEB } from './requests.ts'

const web = async (lab: Lab): Promise<void> =>
  startNginx(
    lab.network.server,
    lab.folder,
    'server { listen 80; listen [::]:80; location /put { return 204; } location /old { return 301 /index.html; } location /unchanged { return 304; } }',
  )

/** Addresses of IPv6 need a moment before their neighbours know them. */
const web6 = async (lab: Lab): Promise<void> => {
  await web(lab)
  await onClient('ping', '-n', '-c', '3', '-i', '0.5', 'V6')(lab)
}

const secure =
  (more: string = '') =>
  async ({ network, folder, certificates }: Lab): Promise<void> => {
    const pair = `ssl_certificate ${certificates.file('good.crt')}; ssl_certificate_key ${certificates.file('good.key')};`
    await startNginx(network.server, folder, `server { listen 443 ssl http2; ${pair} ${more} }`)
  }

const names = async ({ network }: Lab): Promise<void> => {
  network.client.useResolver(network.resolver.ipv4)
  await network.resolver.program(
    'dns-server.ts',
    JSON.stringify([{ suffix: 'test', addresses: [network.server.ipv4] }]),
  )
}

const visit =
  (url: string, ...options: readonly string[]) =>
  async (lab: Lab): Promise<void> =>
    void (await curl(lab, url, ...options))

const visitSecurely =
  (...options: readonly string[]) =>
  async (lab: Lab): Promise<void> =>
    void (await curl(lab, 'https://app.lab.test/', '--cacert', lab.certificates.file('root.crt'), ...options))

const onClient =
  (...command: readonly string[]) =>
  async ({ network: { client, server } }: Lab): Promise<void> =>
    void (await client.run(command.map((word) => word.replace('SERVER', server.ipv4).replace('V6', server.ipv6))))

const wireOf = (delayMs: number) => () => ({ up: { delayMs }, down: { delayMs } })

const talk =
  (port: number, server: readonly PeerStep[], client: readonly PeerStep[], connections: number = 1) =>
  (): Pick<Scenario, 'prepare' | 'make'> => ({
    prepare: async (lab) => void (await serve(lab, port, server)),
    make: async (lab) => void (await converse(lab, port, client, connections)),
  })

const BIG = 'http://app.lab.test/big.bin'
const PAGE = 'http://app.lab.test/'
const ANSWERS: readonly PeerStep[] = [{ repeat: [{ until: BLANK_LINE }, { send: answer('fine') }], times: 30 }]
const ASKS: readonly PeerStep[] = [{ send: GET }, { until: 'fine' }]

/** Traffic with nothing wrong in it. */
const QUIET = [
  { name: 'page', prepare: web, make: visit(PAGE) },
  { name: 'page-far-away', prepare: web, make: visit(PAGE), wire: wireOf(25) },
  { name: 'download', prepare: web, make: visit(BIG) },
  { name: 'download-far-away', prepare: web, make: visit(BIG), wire: wireOf(15) },
  { name: 'huge-download', prepare: web, make: visit('http://app.lab.test/huge.bin') },
  {
    name: 'upload',
    prepare: async (lab: Lab) =>
      void (await serve(lab, 9000, [{ until: 2_000_000 }, { send: 'done' }, { control: 'end' }])),
    make: async (lab: Lab) => void (await converse(lab, 9000, [{ sendBytes: 2_000_000 }, { until: 'done' }])),
  },
  { name: 'upload-by-curl', prepare: web, make: visit('http://app.lab.test/put', '-d', 'x'.repeat(60_000)) },
  { name: 'head-request', prepare: web, make: visit(PAGE, '-I') },
  { name: 'range-request', prepare: web, make: visit(BIG, '-r', '1000-50000') },
  { name: 'redirect-followed', prepare: web, make: visit('http://app.lab.test/old', '-L') },
  { name: 'not-modified', prepare: web, make: visit('http://app.lab.test/unchanged') },
  { name: 'several-requests', prepare: web, make: visit('http://app.lab.test/index.html?[1-12]') },
  { name: 'ipv6', prepare: web6, make: onClient('curl', '-sS', '-o', '/dev/null', 'http://[V6]/') },
  { name: 'ipv6-download', prepare: web6, make: onClient('curl', '-sS', '-o', '/dev/null', 'http://[V6]/big.bin') },
  { name: 'load', prepare: web, make: onClient('ab', '-n', '60', '-c', '3', 'http://SERVER/') },
  { name: 'load-keep-alive', prepare: web, make: onClient('ab', '-k', '-n', '150', '-c', '4', 'http://SERVER/') },
  {
    name: 'parallel-downloads',
    prepare: web,
    make: async (lab: Lab) => void (await Promise.all([visit(BIG)(lab), visit(BIG)(lab), visit(PAGE)(lab)])),
  },
  {
    name: 'name-then-page',
    prepare: async (lab: Lab) => {
      await names(lab)
      await web(lab)
    },
    make: onClient('curl', '-sS', '-4', '-o', '/dev/null', 'http://app.lab.test/'),
  },
  {
    name: 'names',
    prepare: names,
    make: async ({ network: { client, resolver } }: Lab) => {
      for (const name of ['a.test', 'b.test', 'c.test', 'd.test']) await client.run(['dig', `@${resolver.ipv4}`, name])
    },
  },
  {
    name: 'names-over-tcp',
    prepare: names,
    make: async ({ network: { client, resolver } }: Lab) => {
      for (const name of ['a.test', 'b.test']) await client.run(['dig', '+tcp', `@${resolver.ipv4}`, name])
    },
  },
  {
    name: 'truncated-then-tcp',
    prepare: async ({ network }: Lab) =>
      void (await network.resolver.program(
        'dns-server.ts',
        JSON.stringify([{ suffix: 'test', truncate: true, addresses: ['198.51.100.3'] }]),
      )),
    make: async ({ network: { client, resolver } }: Lab) =>
      void (await client.run(['dig', `@${resolver.ipv4}`, 'big.test'])),
  },
  { name: 'tls12', prepare: secure('ssl_protocols TLSv1.2;'), make: visitSecurely() },
  { name: 'tls13', prepare: secure('ssl_protocols TLSv1.3;'), make: visitSecurely() },
  { name: 'tls-http2', prepare: secure(), make: visitSecurely('--http2') },
  { name: 'tls-far-away', prepare: secure(), make: visitSecurely(), wire: wireOf(30) },
  {
    name: 'tls-twice',
    prepare: secure('ssl_protocols TLSv1.2;'),
    make: async (lab: Lab) => {
      await visitSecurely()(lab)
      await visitSecurely()(lab)
    },
  },
  {
    name: 'tls-retry-of-group',
    prepare: secure('ssl_protocols TLSv1.3; ssl_ecdh_curve secp384r1;'),
    make: visitSecurely('--curves', 'X25519:secp384r1'),
  },
  { name: 'tls-unverified', prepare: secure('ssl_protocols TLSv1.2;'), make: visitSecurely('-k') },
  {
    name: 'tls-client-certificate-given',
    prepare: async ({ network, certificates }: Lab) => {
      const [file, key, root, chain] = ['good.crt', 'good.key', 'root.crt', 'intermediate.crt'].map((name) =>
        certificates.file(name),
      )
      await network.server.start(
        [
          'openssl',
          's_server',
          '-accept',
          '443',
          '-cert',
          file,
          '-key',
          key,
          '-cert_chain',
          chain,
          '-www',
          '-Verify',
          '3',
          '-CAfile',
          root,
          '-tls1_2',
        ],
        /ACCEPT/,
      )
    },
    make: async (lab: Lab) =>
      void (await curl(
        lab,
        'https://app.lab.test/',
        '--cacert',
        lab.certificates.file('root.crt'),
        '--cert',
        lab.certificates.file('client.crt'),
        '--key',
        lab.certificates.file('client.key'),
      )),
  },
  { name: 'ping', make: onClient('ping', '-n', '-c', '4', '-i', '0.2', 'SERVER') },
  {
    name: 'ping-large-in-fragments',
    make: onClient('ping', '-n', '-c', '3', '-i', '0.2', '-s', '3000', '-M', 'dont', 'SERVER'),
  },
  { name: 'ping-ipv6', make: onClient('ping', '-n', '-c', '3', '-i', '0.2', 'V6') },
  {
    name: 'keep-alive-requests',
    ...talk(WEB, ANSWERS, [{ repeat: [...ASKS, { waitMs: 120 }], times: 8 }, { control: 'end' }, { waitMs: 100 }])(),
  },
  { name: 'many-clients', ...talk(WEB, ANSWERS, [...ASKS, { control: 'end' }, { waitMs: 100 }], 25)() },
  {
    name: 'client-closes-by-reset-when-done',
    ...talk(WEB, ANSWERS, [...ASKS, { waitMs: 50 }, { control: 'reset' }, { waitMs: 100 }])(),
  },
  {
    name: 'pipelined',
    ...talk(WEB, ANSWERS, [
      { send: GET + GET + GET },
      { until: 'fine' },
      { until: 'fine' },
      { until: 'fine' },
      { control: 'end' },
      { waitMs: 50 },
    ])(),
  },
  {
    name: 'ssh-like-banner',
    ...talk(
      22,
      [
        { send: 'SSH-2.0-OpenSSH_9.2p1\r\n' },
        { until: '\r\n' },
        { sendBytes: 900 },
        { until: 600 },
        { control: 'end' },
      ],
      [
        { until: '\r\n' },
        { send: 'SSH-2.0-OpenSSH_9.2p1\r\n' },
        { until: 900 },
        { sendBytes: 600 },
        { waitMs: 100 },
        { control: 'end' },
        { waitMs: 100 },
      ],
    )(),
  },
  {
    name: 'smtp-dialogue',
    ...talk(
      25,
      [
        { send: '220 mail.lab.test ESMTP\r\n' },
        { until: '\r\n' },
        { send: '250 mail.lab.test\r\n' },
        { until: 'QUIT' },
        { send: '221 bye\r\n' },
        { control: 'end' },
      ],
      [
        { until: '220' },
        { send: 'EHLO lab\r\n' },
        { until: '250' },
        { waitMs: 50 },
        { send: 'QUIT\r\n' },
        { until: '221' },
        { control: 'end' },
        { waitMs: 50 },
      ],
    )(),
  },
  {
    name: 'own-protocol',
    ...talk(
      7400,
      [{ repeat: [{ until: 40 }, { sendBytes: 1200 }], times: 50 }],
      [{ repeat: [{ sendBytes: 40 }, { until: 1200 }, { waitMs: 10 }], times: 40 }, { control: 'end' }, { waitMs: 50 }],
    )(),
  },
  {
    name: 'server-pushes',
    ...talk(
      7500,
      [{ repeat: [{ sendBytes: 300 }, { waitMs: 200 }], times: 10 }, { control: 'end' }],
      [{ waitMs: 2300 }, { control: 'end' }, { waitMs: 50 }],
    )(),
  },
  {
    name: 'idle-connection',
    ...talk(
      7600,
      [{ until: 'hi' }, { send: 'ho' }, { until: 'hi' }, { send: 'ho' }],
      [
        { send: 'hi' },
        { until: 'ho' },
        { waitMs: 2500 },
        { send: 'hi' },
        { until: 'ho' },
        { control: 'end' },
        { waitMs: 50 },
      ],
    )(),
  },
  {
    name: 'connection-left-open',
    ...talk(7700, [{ until: 'hi' }, { send: 'ho' }], [{ send: 'hi' }, { until: 'ho' }, { waitMs: 600 }])(),
  },
  {
    name: 'half-closed-request',
    ...talk(
      7800,
      [{ until: 'question' }, { waitMs: 30 }, { sendBytes: 40_000 }, { control: 'end' }],
      [{ send: 'question' }, { control: 'end' }, { until: 40_000 }],
    )(),
  },
  {
    name: 'udp-both-ways',
    prepare: async ({ network }: Lab) => void (await network.server.start(['nc', '-u', '-l', '-p', '6000'])),
    make: async ({ network: { client, server } }: Lab) =>
      void (await client.run(['nc', '-u', '-w', '1', server.ipv4, '6000'], 2000, 'hello')),
  },
  {
    name: 'small-mtu-honoured',
    prepare: async (lab: Lab) => {
      await web(lab)
      lab.network.server.sync(['ip', 'link', 'set', 'eth0', 'mtu', '1280'])
      lab.network.client.sync(['ip', 'link', 'set', 'eth0', 'mtu', '1280'])
    },
    make: visit(BIG),
  },
  {
    name: 'with-offloading',
    points: ['server'],
    prepare: async (lab: Lab) => {
      await web(lab)
      for (const host of [lab.network.client, lab.network.server]) {
        host.sync(['ethtool', '-K', 'eth0', 'tso', 'on', 'gso', 'on', 'gro', 'on', 'tx', 'on'])
        // Larger ones do not fit into the ring of the capturing program.
        host.sync(['ip', 'link', 'set', 'eth0', 'gso_max_size', '14000'])
      }
    },
    make: visit(BIG),
  },
  {
    name: 'nothing-but-neighbours',
    make: async (lab: Lab) => {
      await onClient('ping', '-n', '-c', '1', 'SERVER')(lab)
      await sleep(200)
    },
  },
] satisfies readonly Omit<Scenario, 'expects'>[]

export const CLEAN: readonly Scenario[] = QUIET.map((scenario): Scenario => ({ expects: [], ...scenario }))
