import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { startNginx } from '../nginx.ts'
import type { Lab } from '../scenario.ts'
import { curl } from './requests.ts'

export const web = async (lab: Lab): Promise<void> =>
  startNginx(lab.network.server, lab.folder, 'server { listen 80; listen [::]:80; }')

export const visit =
  (url: string, ...options: readonly string[]) =>
  async (lab: Lab): Promise<void> =>
    void (await curl(lab, url, ...options))

/** unbound on the resolver's host, with more of its section `server` and behind it. */
export async function unbound({ network, folder }: Lab, server: string, more: string = ''): Promise<void> {
  const file = path.join(folder, 'unbound.conf')
  writeFileSync(
    file,
    `server:\n interface: 0.0.0.0\n access-control: 0.0.0.0/0 allow\n do-daemonize: no\n username: ""\n chroot: ""\n pidfile: "${folder}/u.pid"\n use-syslog: no\n logfile: ""\n ${server}\n${more}`,
  )
  await network.resolver.start(['unbound', '-d', '-c', file], /start of service/)
}

export const dig = async ({ network: { client, resolver } }: Lab, ...questions: readonly string[]): Promise<void> => {
  for (const question of questions) await client.run(['dig', `@${resolver.ipv4}`, '+time=3', '+tries=1', question])
}

/** A TLS server of OpenSSL. */
export async function tlsServer({ network, certificates }: Lab, ...options: readonly string[]): Promise<void> {
  const [file, key, chain] = ['good.crt', 'good.key', 'intermediate.crt'].map((name) => certificates.file(name))
  const command = ['openssl', 's_server', '-accept', '8443', '-cert', file, '-key', key, '-cert_chain', chain, '-www']
  await network.server.start([...command, ...options], /ACCEPT/)
}

export const tlsClient =
  (...options: readonly string[]) =>
  async ({ network: { client, server } }: Lab): Promise<void> =>
    void (await client.run(
      ['openssl', 's_client', '-connect', `${server.ipv4}:8443`, ...options],
      5000,
      'GET / HTTP/1.0\r\n\r\n',
    ))
