import { setTimeout as sleep } from 'node:timers/promises'
import { startNginx } from '../nginx.ts'
import type { Scenario } from '../scenario.ts'
import { dig, tlsClient, tlsServer, unbound, visit, web } from './held-out-servers.ts'
import { converse, GET, serve, WEB } from './requests.ts'

/** Clean traffic of other programs. */
export const HELD_OUT_CLEAN: readonly Scenario[] = (
  [
    {
      name: 'hc-real-resolver',
      points: ['client', 'router'],
      prepare: async (lab) =>
        unbound(
          lab,
          'module-config: "iterator"\n local-zone: "corp.test." static\n local-data: "intranet.corp.test. A 198.51.100.3"',
        ),
      make: async (lab) => dig(lab, 'intranet.corp.test', 'intranet.corp.test', 'intranet.corp.test'),
    },
    {
      name: 'hc-no-such-type',
      points: ['client'],
      prepare: async (lab) =>
        unbound(
          lab,
          'module-config: "iterator"\n local-zone: "corp.test." static\n local-data: "intranet.corp.test. A 198.51.100.3"',
        ),
      make: async ({ network: { client, resolver } }) =>
        void (await client.run(['dig', `@${resolver.ipv4}`, 'intranet.corp.test', 'AAAA'])),
    },
    { name: 'hc-any-interface', captureOptions: [], prepare: web, make: visit('http://app.lab.test/big.bin') },
    { name: 'hc-openssl-both', prepare: async (lab) => tlsServer(lab), make: tlsClient('-quiet') },
    {
      name: 'hc-openssl-tls12',
      prepare: async (lab) => tlsServer(lab, '-tls1_2'),
      make: tlsClient('-quiet', '-tls1_2'),
    },
    { name: 'hc-parallel', prepare: web, make: visit('http://app.lab.test/index.html?[1-20]', '-Z') },
    {
      name: 'hc-preconnect',
      prepare: web,
      make: async (lab) => {
        await converse(lab, WEB, [{ waitMs: 700 }, { control: 'end' }, { waitMs: 100 }])
        await visit('http://app.lab.test/')(lab)
      },
    },
    {
      name: 'hc-idle-closed-by-server',
      prepare: async (lab) => startNginx(lab.network.server, lab.folder, 'server { listen 80; keepalive_timeout 1s; }'),
      make: async (lab) =>
        void (await converse(lab, WEB, [
          { send: GET },
          { until: 'tide is out' },
          { waitMs: 1500 },
          { control: 'end' },
          { waitMs: 100 },
        ])),
    },
    {
      name: 'hc-traceroute-like-ping',
      make: async ({ network: { client, server } }) => {
        for (const hops of ['1', '2', '3'])
          await client.run(['ping', '-n', '-c', '1', '-t', hops, '-W', '1', server.ipv4])
      },
      points: ['client'],
    },
    {
      name: 'hc-tls-upload',
      prepare: async (lab) => {
        const pair = `ssl_certificate ${lab.certificates.file('good.crt')}; ssl_certificate_key ${lab.certificates.file('good.key')};`
        await startNginx(
          lab.network.server,
          lab.folder,
          `server { listen 443 ssl; ${pair} location / { return 204; } }`,
        )
      },
      make: visit('https://app.lab.test/', '-k', '--data-binary', '@/usr/bin/openssl'),
    },
    {
      name: 'hc-long-poll',
      prepare: async (lab) =>
        void (await serve(lab, 7900, [
          { until: 'hello' },
          { repeat: [{ waitMs: 700 }, { send: 'tick' }], times: 4 },
          { control: 'end' },
        ])),
      make: async (lab) =>
        void (await converse(lab, 7900, [{ send: 'hello' }, { waitMs: 3300 }, { control: 'end' }, { waitMs: 50 }])),
    },
    {
      name: 'hc-from-the-middle',
      prepare: async (lab) => {
        await serve(lab, 7950, [{ repeat: [{ until: 30 }, { sendBytes: 500 }], times: 60 }])
        void converse(lab, 7950, [
          { repeat: [{ sendBytes: 30 }, { until: 500 }, { waitMs: 60 }], times: 40 },
          { control: 'end' },
        ])
        await sleep(800)
      },
      make: async () => sleep(1200),
    },
  ] satisfies readonly Omit<Scenario, 'expects'>[]
).map((scenario): Scenario => ({ expects: [], ...scenario }))
