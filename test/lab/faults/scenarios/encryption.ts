import { startNginx } from '../nginx.ts'
import type { Lab, Scenario } from '../scenario.ts'
import { answer, BLANK_LINE, converse, curl, serve, TLS } from './requests.ts'

interface TlsServer {
  readonly certificate?: string
  readonly key?: string
  readonly more?: string
}

/** nginx with TLS; TLS 1.2 unless `more` says otherwise, so that certificates can be seen. */
async function secure(
  lab: Lab,
  { certificate = 'good', key = certificate, more = 'ssl_protocols TLSv1.2;' }: TlsServer,
): Promise<void> {
  const { certificates, network, folder } = lab
  const pair = `ssl_certificate ${certificates.file(`${certificate}.crt`)}; ssl_certificate_key ${certificates.file(`${key}.key`)};`
  await startNginx(network.server, folder, `server { listen 443 ssl; ${pair} ${more} }`)
}

const visit = (lab: Lab, ...options: readonly string[]): Promise<unknown> =>
  curl(lab, 'https://app.lab.test/', '--cacert', lab.certificates.file('root.crt'), ...options)

const twice = async (lab: Lab): Promise<void> => {
  await visit(lab)
  await visit(lab)
}

/** Sessions that cannot agree. */
export const ENCRYPTION: readonly Scenario[] = [
  {
    name: 'client-too-old',
    expects: ['tls-version-mismatch'],
    prepare: async (lab) => secure(lab, { more: 'ssl_protocols TLSv1.3;' }),
    make: async (lab) => void (await visit(lab, '--tls-max', '1.2')),
  },
  {
    name: 'server-too-old',
    expects: ['tls-version-mismatch', 'tls-alert-by-client'],
    prepare: async (lab) => secure(lab, { more: 'ssl_protocols TLSv1.2;' }),
    make: async (lab) => void (await visit(lab, '--tlsv1.3')),
  },
  {
    name: 'no-common-cipher',
    expects: ['tls-cipher-mismatch'],
    prepare: async (lab) => secure(lab, { more: 'ssl_protocols TLSv1.2; ssl_ciphers ECDHE-ECDSA-AES256-GCM-SHA384;' }),
    make: async (lab) => void (await visit(lab, '--tls-max', '1.2', '--ciphers', 'ECDHE-ECDSA-CHACHA20-POLY1305')),
  },
  {
    name: 'no-common-group',
    expects: ['tls-cipher-mismatch'],
    prepare: async (lab) => secure(lab, { more: 'ssl_protocols TLSv1.3; ssl_ecdh_curve secp521r1;' }),
    make: async (lab) => void (await visit(lab, '--curves', 'X25519')),
  },
  {
    name: 'certificate-expired',
    expects: ['tls-certificate-expired'],
    prepare: async (lab) => secure(lab, { certificate: 'expired' }),
    make: twice,
  },
  {
    name: 'certificate-not-yet-valid',
    expects: ['tls-certificate-not-yet-valid'],
    prepare: async (lab) => secure(lab, { certificate: 'early' }),
    make: twice,
  },
  {
    name: 'certificate-of-another-name',
    expects: ['tls-certificate-wrong-name'],
    prepare: async (lab) => secure(lab, { certificate: 'other' }),
    make: twice,
  },
  {
    name: 'certificate-self-signed',
    expects: ['tls-certificate-self-signed'],
    prepare: async (lab) => secure(lab, { certificate: 'self' }),
    make: async (lab) => void (await visit(lab)),
  },
  {
    name: 'intermediate-missing',
    expects: ['tls-certificate-missing-intermediate'],
    prepare: async (lab) => secure(lab, { certificate: 'good-alone', key: 'good' }),
    make: twice,
  },
  {
    name: 'authority-unknown',
    expects: ['tls-alert-by-client', 'tls-certificate-untrusted'],
    prepare: async (lab) => secure(lab, {}),
    make: async (lab) => void (await curl(lab, 'https://app.lab.test/')),
  },
  {
    name: 'certificate-refused-in-tls13',
    expects: ['tls-certificate-expired', 'tls-alert-by-client'],
    prepare: async (lab) => secure(lab, { certificate: 'expired', more: 'ssl_protocols TLSv1.3;' }),
    make: twice,
  },
  {
    name: 'client-certificate-demanded',
    expects: ['tls-client-certificate-demanded'],
    prepare: async ({ network, certificates }) => {
      const [file, key, root, chain] = ['good.crt', 'good.key', 'root.crt', 'intermediate.crt'].map((name) =>
        certificates.file(name),
      )
      const command = [
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
        '1',
      ]
      await network.server.start([...command, '-CAfile', root, '-verify_return_error', '-tls1_2'], /ACCEPT/)
    },
    make: async (lab) => void (await visit(lab)),
  },
  {
    name: 'client-certificate-demanded-in-tls13',
    expects: ['tls-client-certificate-demanded', 'tls-alert-by-server'],
    prepare: async ({ network, certificates }) => {
      const [file, key, root, chain] = ['good.crt', 'good.key', 'root.crt', 'intermediate.crt'].map((name) =>
        certificates.file(name),
      )
      const command = [
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
        '1',
      ]
      await network.server.start([...command, '-CAfile', root, '-verify_return_error', '-tls1_3'], /ACCEPT/)
    },
    make: async (lab) => void (await visit(lab)),
  },
  {
    name: 'server-name-missing',
    expects: ['tls-sni-missing'],
    prepare: async (lab) => {
      const pair = `ssl_certificate ${lab.certificates.file('good.crt')}; ssl_certificate_key ${lab.certificates.file('good.key')};`
      const sites = `server { listen 443 ssl default_server; ssl_reject_handshake on; } server { listen 443 ssl; server_name app.lab.test; ${pair} }`
      await startNginx(lab.network.server, lab.folder, sites)
    },
    make: async ({ network: { client, server } }) =>
      void (await client.run(['openssl', 's_client', '-connect', `${server.ipv4}:443`, '-noservername'])),
  },
  {
    name: 'server-name-unknown',
    expects: ['tls-sni-unrecognized', 'tls-alert-by-server'],
    prepare: async (lab) => {
      const pair = `ssl_certificate ${lab.certificates.file('good.crt')}; ssl_certificate_key ${lab.certificates.file('good.key')};`
      const sites = `server { listen 443 ssl default_server; ssl_reject_handshake on; } server { listen 443 ssl; server_name app.lab.test; ${pair} }`
      await startNginx(lab.network.server, lab.folder, sites)
    },
    make: async (lab) => void (await curl(lab, 'https://ap.lab.test/', '--cacert', lab.certificates.file('root.crt'))),
  },
  {
    name: 'no-common-application-protocol',
    expects: ['tls-alpn-mismatch'],
    prepare: async (lab) => {
      const [file, key] = ['good.crt', 'good.key'].map((name) => lab.certificates.file(name))
      await lab.network.server.start(
        ['openssl', 's_server', '-accept', '443', '-cert', file, '-key', key, '-alpn', 'h2'],
        /ACCEPT/,
      )
    },
    make: async ({ network: { client, server } }) =>
      void (await client.run(['openssl', 's_client', '-connect', `${server.ipv4}:443`, '-alpn', 'xmpp-client'])),
  },
  {
    name: 'plain-http-on-tls-port',
    expects: ['wrong-protocol-on-port'],
    prepare: async (lab) => secure(lab, {}),
    make: async (lab) => void (await curl(lab, 'http://app.lab.test:443/')),
  },
  {
    name: 'tls-on-plain-port',
    expects: ['wrong-protocol-on-port'],
    prepare: async (lab) => startNginx(lab.network.server, lab.folder, 'server { listen 80; }'),
    make: async (lab) => void (await curl(lab, 'https://app.lab.test:80/')),
  },
  {
    name: 'ssh-on-tls-port',
    expects: ['wrong-protocol-on-port'],
    prepare: async (lab) =>
      void (await serve(lab, TLS, [{ send: 'SSH-2.0-OpenSSH_9.2p1 Debian\r\n' }, { until: 'never' }])),
    make: async (lab) => void (await visit(lab, '--max-time', '3')),
  },
  {
    name: 'server-silent-after-hello',
    expects: ['tls-handshake-unanswered'],
    prepare: async (lab) => void (await serve(lab, TLS, [{ until: 'never' }])),
    make: async (lab) => void (await visit(lab, '--max-time', '4')),
  },
  {
    name: 'middlebox-cuts-by-server-name',
    expects: ['tcp-reset-by-middlebox'],
    points: ['client'],
    wire: (dice) => ({
      up: { delayMs: 15 },
      down: { delayMs: 15 },
      inject: { trigger: 'app.lab.test', kind: 'reset', ttl: dice.pick([40, 100, 250]) },
    }),
    prepare: async (lab) => secure(lab, {}),
    make: async (lab) => void (await visit(lab)),
  },
  {
    name: 'server-resets-after-hello',
    expects: ['tls-handshake-reset', 'tcp-reset-by-server'],
    prepare: async (lab) => void (await serve(lab, TLS, [{ until: 100 }, { control: 'reset' }])),
    make: async (lab) => void (await visit(lab)),
  },
  {
    name: 'server-closes-after-hello',
    expects: ['tls-handshake-closed', 'tls-handshake-reset'],
    prepare: async (lab) => void (await serve(lab, TLS, [{ until: 100 }, { control: 'end' }])),
    make: async (lab) => void (await visit(lab)),
  },
  {
    name: 'client-leaves-after-certificate',
    expects: ['tls-certificate-untrusted', 'tls-handshake-closed', 'tls-alert-by-client'],
    prepare: async (lab) => secure(lab, {}),
    make: async (lab) =>
      void (await lab.network.client.run([
        process.execPath,
        '-e',
        `const t=require('tls');const n=require('net');const s=n.connect(443,'${lab.network.server.ipv4}');` +
          `s.on('connect',()=>{const c=t.connect({socket:s,servername:'app.lab.test',rejectUnauthorized:false,checkServerIdentity(){s.resetAndDestroy()}});` +
          `c.on('error',()=>{});c.on('secureConnect',()=>s.resetAndDestroy())});s.on('error',()=>{});setTimeout(()=>process.exit(),800)`,
      ])),
  },
  {
    name: 'http-answer-to-tls',
    expects: ['wrong-protocol-on-port'],
    prepare: async (lab) =>
      void (await serve(lab, TLS, [
        { until: 60 },
        { send: answer('bad', 'HTTP/1.1 400 Bad Request') },
        { control: 'end' },
      ])),
    make: async (lab) => void (await visit(lab)),
  },
  {
    name: 'smtp-on-web-port',
    expects: ['wrong-protocol-on-port'],
    prepare: async (lab) =>
      void (await serve(lab, 80, [
        { send: '220 mail.lab.test ESMTP\r\n' },
        { until: BLANK_LINE },
        { send: '500 what?\r\n' },
      ])),
    make: async (lab) =>
      void (await converse(lab, 80, [{ until: 'ESMTP' }, { send: 'EHLO lab\r\n' }, { waitMs: 300 }])),
  },
]
