import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { startNginx } from '../nginx.ts'
import type { Scenario } from '../scenario.ts'
import { answer, BLANK_LINE, converse, curl, GET, serve, TLS, WEB } from './requests.ts'
import { dig, tlsClient, tlsServer, unbound, visit, web } from './held-out-servers.ts'

/**
 * Faults by other means and programs than those of the set that findings were written with, to see how they do on what
 * nobody looked at.
 */
export const HELD_OUT: readonly Scenario[] = [
  {
    name: 'h-refused-ipv6',
    expects: ['tcp-syn-refused'],
    make: async ({ network: { client, server } }) => void (await client.run(['nc', '-w', '2', server.ipv6, '2222'])),
  },
  {
    name: 'h-host-prohibited',
    expects: ['icmp-administratively-prohibited'],
    points: ['client'],
    prepare: async (lab) => lab.network.router.nft('forward', 'tcp dport 22 reject with icmp type host-prohibited'),
    make: async ({ network: { client, server } }) => void (await client.run(['nc', '-w', '2', server.ipv4, '22'])),
  },
  {
    name: 'h-syn-dropped-half-the-time',
    expects: ['tcp-connect-delayed', 'tcp-syn-unanswered'],
    points: ['client'],
    prepare: async (lab) => {
      await web(lab)
      lab.network.router.nft('forward', 'tcp flags & (syn | ack) == syn numgen inc mod 2 == 0 drop')
    },
    make: async (lab) => {
      for (let turn = 0; turn < 3; turn++) await visit('http://app.lab.test/')(lab)
    },
  },
  {
    name: 'h-quota-cuts-flow',
    expects: ['tcp-connection-stalled'],
    points: ['server'],
    prepare: async (lab) => {
      await web(lab)
      lab.network.router.nft('forward', 'ip daddr != 10.0.0.0/8 accept', 'quota over 60000 bytes drop')
    },
    make: visit('http://app.lab.test/big.bin', '--max-time', '6'),
  },
  {
    name: 'h-rate-limit-drops',
    expects: ['tcp-retransmission-fast', 'tcp-retransmission-timeout'],
    prepare: async (lab) => {
      await web(lab)
      lab.network.router.nft('forward', 'tcp sport 80 limit rate over 150 kbytes/second burst 20 kbytes drop')
    },
    make: visit('http://app.lab.test/big.bin', '--max-time', '8'),
    points: ['server'],
  },
  {
    name: 'h-server-vanishes',
    expects: ['tcp-connection-stalled', 'icmp-host-unreachable'],
    points: ['client'],
    prepare: async (lab) =>
      void (await serve(lab, 5000, [{ repeat: [{ until: 'ping' }, { send: 'pong' }], times: 50 }])),
    make: async (lab) => {
      const talk = converse(lab, 5000, [
        { repeat: [{ send: 'ping' }, { until: 'pong' }, { waitMs: 150 }], times: 30 },
        { waitMs: 3000 },
      ])
      await sleep(900)
      lab.network.server.sync(['ip', 'link', 'set', 'eth0', 'down'])
      await Promise.race([talk, sleep(6000)])
    },
  },
  {
    name: 'h-mtu-tls-upload',
    expects: ['path-mtu-black-hole'],
    points: ['client'],
    prepare: async (lab) => {
      const [file, key] = ['good.crt', 'good.key'].map((name) => lab.certificates.file(name))
      await lab.network.server.start(['openssl', 's_server', '-accept', '8443', '-cert', file, '-key', key], /ACCEPT/)
      lab.network.router.nft('forward', 'ip length > 1350 drop')
    },
    make: async ({ network: { client, server } }) => {
      const command = ['openssl', 's_client', '-connect', `${server.ipv4}:8443`]
      await client.run(command, 6000, 'x'.repeat(60_000))
    },
  },
  {
    name: 'h-mtu-ipv6-message-dropped',
    expects: ['path-mtu-black-hole', 'icmp-fragmentation-needed-ignored'],
    points: ['server'],
    prepare: async (lab) => {
      await web(lab)
      const { router, server } = lab.network
      router.sync(['ip', 'link', 'set', 'lan', 'mtu', '1300'])
      server.nft('input', 'icmpv6 type packet-too-big drop')
      await lab.network.client.run(['ping', '-n', '-c', '2', '-i', '0.5', server.ipv6])
    },
    make: async ({ network: { client, server } }) =>
      void (await client.run(['curl', '-sS', '-o', '/dev/null', '--max-time', '5', `http://[${server.ipv6}]/big.bin`])),
  },
  {
    name: 'h-reset-injected-to-client',
    expects: ['tcp-reset-by-middlebox'],
    points: ['client'],
    wire: () => ({
      up: { delayMs: 25 },
      down: { delayMs: 25 },
      inject: { trigger: 'Host: blocked', kind: 'reset-client', ttl: 57 },
    }),
    prepare: web,
    make: visit('http://blocked.lab.test/'),
  },
  {
    name: 'h-servfail-of-real-resolver',
    expects: ['dns-servfail'],
    points: ['client'],
    prepare: async (lab) =>
      unbound(lab, 'module-config: "iterator"', `forward-zone:\n name: "."\n forward-addr: 127.0.0.1@5999\n`),
    make: async (lab) => dig(lab, 'www.example.net'),
  },
  {
    name: 'h-nxdomain-of-real-resolver',
    expects: ['dns-nxdomain'],
    points: ['client', 'router'],
    prepare: async (lab) =>
      unbound(
        lab,
        'module-config: "iterator"\n local-zone: "corp.test." static\n local-data: "intranet.corp.test. A 198.51.100.3"',
      ),
    make: async (lab) => dig(lab, 'intranet.corp.test', 'intrnet.corp.test'),
  },
  {
    name: 'h-refused-of-real-resolver',
    expects: ['dns-refused'],
    points: ['client'],
    prepare: async (lab) => unbound(lab, 'module-config: "iterator"\n access-control: 10.0.0.0/8 refuse'),
    make: async (lab) => dig(lab, 'www.example.net'),
  },
  {
    name: 'h-first-resolver-dead',
    expects: ['dns-unanswered'],
    points: ['client'],
    prepare: async (lab) => {
      const { client, resolver, server } = lab.network
      await unbound(
        lab,
        'module-config: "iterator"\n local-zone: "lab.test." redirect\n local-data: "lab.test. A 198.51.100.3"',
      )
      server.nft('input', 'udp dport 53 drop')
      client.useResolver(`${server.ipv4}\nnameserver ${resolver.ipv4}`)
    },
    make: async ({ network: { client } }) => void (await client.run(['getent', 'ahostsv4', 'app.lab.test'])),
  },
  {
    name: 'h-dns-prohibited',
    expects: ['icmp-administratively-prohibited', 'dns-unanswered'],
    points: ['client'],
    prepare: async (lab) => lab.network.router.nft('forward', 'udp dport 53 reject with icmp type admin-prohibited'),
    make: async (lab) => dig(lab, 'www.lab.test'),
  },
  {
    name: 'h-tls-version',
    expects: ['tls-version-mismatch'],
    prepare: async (lab) => tlsServer(lab, '-tls1_3'),
    make: tlsClient('-tls1_2'),
  },
  {
    name: 'h-tls-cipher',
    expects: ['tls-cipher-mismatch'],
    prepare: async (lab) => tlsServer(lab, '-tls1_2', '-cipher', 'ECDHE-ECDSA-AES128-GCM-SHA256'),
    make: tlsClient('-tls1_2', '-cipher', 'ECDHE-ECDSA-AES256-GCM-SHA384'),
  },
  {
    name: 'h-tls-signature',
    expects: ['tls-cipher-mismatch'],
    prepare: async (lab) => tlsServer(lab),
    make: tlsClient('-sigalgs', 'RSA-PSS+SHA256:RSA+SHA256'),
  },
  {
    name: 'h-tls-verify-fails',
    expects: ['tls-certificate-untrusted', 'tls-alert-by-client'],
    prepare: async (lab) => tlsServer(lab, '-tls1_2'),
    make: tlsClient('-verify_return_error'),
  },
  {
    name: 'h-tls-wrong-name-refused',
    expects: ['tls-certificate-wrong-name'],
    prepare: async (lab) => tlsServer(lab, '-tls1_2'),
    make: async (lab) =>
      tlsClient(
        '-verify_return_error',
        '-CAfile',
        lab.certificates.file('root.crt'),
        '-verify_hostname',
        'shop.lab.test',
        '-servername',
        'shop.lab.test',
      )(lab),
  },
  {
    name: 'h-smtp-on-tls-port',
    expects: ['wrong-protocol-on-port'],
    prepare: async (lab) =>
      void (await serve(lab, TLS, [{ send: '220 mx.lab.test ESMTP Postfix\r\n' }, { until: 'never' }])),
    make: async (lab) => void (await curl(lab, 'https://app.lab.test/', '--max-time', '3')),
  },
  {
    name: 'h-http-spoken-to-tls',
    expects: ['wrong-protocol-on-port'],
    prepare: async (lab) => {
      const pair = `ssl_certificate ${lab.certificates.file('good.crt')}; ssl_certificate_key ${lab.certificates.file('good.key')};`
      await startNginx(lab.network.server, lab.folder, `server { listen 8443 ssl; listen 443 ssl; ${pair} }`)
    },
    make: async (lab) => void (await converse(lab, TLS, [{ send: GET }, { waitMs: 300 }])),
  },
  {
    name: 'h-slow-behind-tls',
    expects: ['slow-server'],
    prepare: async (lab) => {
      await lab.network.server.program(
        'tcp-peer.ts',
        'listen',
        '8081',
        JSON.stringify([{ until: BLANK_LINE }, { waitMs: 3300 }, { send: answer('slow') }]),
      )
      const pair = `ssl_certificate ${lab.certificates.file('good.crt')}; ssl_certificate_key ${lab.certificates.file('good.key')};`
      await startNginx(
        lab.network.server,
        lab.folder,
        `server { listen 443 ssl; ${pair} location / { proxy_pass http://127.0.0.1:8081; } }`,
      )
    },
    make: visit('https://app.lab.test/', '-k'),
  },
  {
    name: 'h-too-large',
    expects: ['http-4xx'],
    prepare: async (lab) =>
      startNginx(lab.network.server, lab.folder, 'server { listen 80; client_max_body_size 1k; }'),
    make: visit('http://app.lab.test/', '-d', 'x'.repeat(9000)),
  },
  {
    name: 'h-bad-gateway-sometimes',
    expects: ['http-5xx'],
    prepare: async (lab) =>
      startNginx(
        lab.network.server,
        lab.folder,
        'upstream u { server 127.0.0.1:9; server 127.0.0.1:80 max_fails=0; } server { listen 80; location /api { proxy_pass http://127.0.0.1:9; } }',
      ),
    make: async (lab) => {
      await visit('http://app.lab.test/?[1-8]')(lab)
      await visit('http://app.lab.test/api')(lab)
    },
  },
  {
    name: 'h-chunked-cut',
    expects: ['http-response-cut'],
    prepare: async (lab) =>
      void (await serve(lab, WEB, [
        { until: BLANK_LINE },
        { send: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n' },
        { sendBytes: 900 },
        { waitMs: 80 },
        { control: 'end' },
      ])),
    make: visit('http://app.lab.test/stream'),
  },
  {
    name: 'h-keep-alive-nginx',
    expects: ['http-keep-alive-race'],
    points: ['client', 'router'],
    wire: () => ({ up: { delayMs: 150 }, down: { delayMs: 150 } }),
    prepare: async (lab) => startNginx(lab.network.server, lab.folder, 'server { listen 80; keepalive_timeout 1s; }'),
    make: async (lab) =>
      void (await converse(lab, WEB, [
        { send: GET },
        { until: 'tide is out' },
        { waitMs: 760 },
        { send: GET },
        { waitMs: 900 },
      ])),
  },
  {
    name: 'h-upload-not-read',
    expects: ['tcp-zero-window'],
    prepare: async (lab) => void (await serve(lab, WEB, [{ control: 'pause' }, { waitMs: 20_000 }])),
    make: visit('http://app.lab.test/', '--data-binary', '@/usr/bin/openssl', '--max-time', '5', '-H', 'Expect:'),
  },
  {
    name: 'h-pings-lost',
    expects: ['icmp-echo-unanswered'],
    prepare: async (lab) => lab.network.router.nft('forward', 'icmp type echo-request numgen inc mod 4 == 0 drop'),
    make: async ({ network: { client, server } }) =>
      void (await client.run(['ping', '-n', '-c', '20', '-i', '0.1', server.ipv4])),
    points: ['client'],
  },
  {
    name: 'h-scan-ack',
    expects: ['scan-stealth', 'scan-ports'],
    prepare: web,
    make: async ({ network: { client, server } }) =>
      void (await client.run(['nmap', '-n', '-Pn', '-sA', '-T5', '-p', '100-200', server.ipv4], 15_000)),
  },
  {
    name: 'h-scan-slow-connect',
    expects: ['scan-ports'],
    prepare: web,
    make: async ({ network: { client, server } }) =>
      void (await client.run(['nc', '-zw', '1', server.ipv4, '70-130'], 15_000)),
  },
  {
    name: 'h-flood-udp-random-ports',
    expects: ['flood-udp', 'scan-ports'],
    make: async ({ network: { client, server } }) =>
      void (await client.run(
        ['hping3', '-q', '-n', '-2', '-c', '5000', '-i', 'u250', '-p', '++1', '-d', '600', server.ipv4],
        8000,
      )),
    prepare: async (lab) => lab.network.server.nft('output', 'icmp type destination-unreachable drop'),
  },
  {
    name: 'h-flood-syn-fin',
    expects: ['flood-syn', 'flood-tcp'],
    prepare: web,
    make: async ({ network: { client, server } }) =>
      void (await client.run(
        ['hping3', '-q', '-n', '-S', '-c', '4000', '-i', 'u300', '-p', '443', '--rand-source', server.ipv4],
        8000,
      )),
    points: ['client', 'router'],
  },
  {
    name: 'h-address-twice-beside-server',
    expects: ['arp-address-conflict'],
    points: ['router'],
    prepare: async ({ network: { resolver, server } }) =>
      void resolver.sync(['ip', 'addr', 'add', `${server.ipv4}/24`, 'dev', 'eth0']),
    make: async ({ network: { client, router, server } }) => {
      for (let turn = 0; turn < 3; turn++) {
        router.sync(['ip', 'neigh', 'flush', 'all'])
        await client.run(['ping', '-n', '-c', '2', '-i', '0.2', server.ipv4])
      }
    },
  },
  {
    name: 'h-snapped-live',
    expects: ['capture-snapped'],
    captureOptions: ['-s', '70'],
    prepare: web,
    make: visit('http://app.lab.test/big.bin'),
  },
  {
    name: 'h-one-sided-live',
    expects: ['capture-one-sided'],
    captureOptions: ['src', 'port', '80'],
    prepare: web,
    make: visit('http://app.lab.test/big.bin'),
  },
  {
    name: 'h-gzip-cut',
    expects: ['capture-truncated'],
    prepare: web,
    make: visit('http://app.lab.test/huge.bin'),
    rewrite: (file) => {
      const packed = gzipSync(file)
      return packed.subarray(0, packed.length * 0.47)
    },
  },
  {
    name: 'h-pcapng-damaged',
    expects: ['capture-damaged'],
    prepare: web,
    make: visit('http://app.lab.test/big.bin'),
    rewrite: (file, { folder }) => {
      const [from, to] = [path.join(folder, 'a.pcap'), path.join(folder, 'b.pcapng')]
      writeFileSync(from, file)
      execFileSync('editcap', ['-F', 'pcapng', from, to], { stdio: 'ignore' })
      const whole = execFileSync('cat', [to], { maxBuffer: 99_000_000 })
      whole.fill(0xee, whole.length >> 1, (whole.length >> 1) + 3000)
      return whole
    },
  },
]
