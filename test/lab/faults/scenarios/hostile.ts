import { startNginx } from '../nginx.ts'
import type { Lab, Scenario } from '../scenario.ts'
import { curl, converse } from './requests.ts'

const web = async (lab: Lab): Promise<void> =>
  startNginx(lab.network.server, lab.folder, 'server { listen 80; listen 443; }')

const nmap = ({ network: { client } }: Lab, ...options: readonly string[]): Promise<unknown> =>
  client.run(['nmap', '-n', '--max-retries', '1', ...options], 20_000)

/** A burst of packets of hping3, `count` of them. */
const burst = ({ network: { client, server } }: Lab, count: number, ...options: readonly string[]): Promise<unknown> =>
  client.run(['hping3', '-q', '-n', '-c', String(count), '-i', 'u300', ...options, server.ipv4], 8000)

const PORTS = '1-400'

/** Traffic of somebody with bad intentions. */
export const HOSTILE: readonly Scenario[] = [
  {
    name: 'scan-syn',
    expects: ['scan-ports'],
    prepare: web,
    make: async (lab) => void (await nmap(lab, '-Pn', '-sS', '-p', PORTS, lab.network.server.ipv4)),
  },
  {
    name: 'scan-connect',
    expects: ['scan-ports'],
    prepare: web,
    make: async (lab) => void (await nmap(lab, '-Pn', '-sT', '-p', PORTS, lab.network.server.ipv4)),
  },
  {
    name: 'scan-filtered-ports',
    expects: ['scan-ports'],
    prepare: async (lab) => {
      await web(lab)
      lab.network.server.nft('input', 'tcp dport != 80 drop')
    },
    make: async (lab) => void (await nmap(lab, '-Pn', '-sS', '-T5', '-p', '1-200', lab.network.server.ipv4)),
  },
  {
    name: 'scan-fin',
    expects: ['scan-stealth', 'scan-ports'],
    prepare: web,
    make: async (lab) => void (await nmap(lab, '-Pn', '-sF', '-T5', '-p', '1-150', lab.network.server.ipv4)),
  },
  {
    name: 'scan-xmas',
    expects: ['scan-stealth', 'scan-ports'],
    prepare: web,
    make: async (lab) => void (await nmap(lab, '-Pn', '-sX', '-T5', '-p', '1-150', lab.network.server.ipv4)),
  },
  {
    name: 'scan-null',
    expects: ['scan-stealth', 'scan-ports'],
    prepare: web,
    make: async (lab) => void (await nmap(lab, '-Pn', '-sN', '-T5', '-p', '1-150', lab.network.server.ipv4)),
  },
  {
    name: 'scan-udp',
    expects: ['scan-ports'],
    prepare: async ({ network }) => void network.server.sync(['sysctl', '-qw', 'net.ipv4.icmp_ratelimit=0']),
    make: async (lab) => void (await nmap(lab, '-Pn', '-sU', '-T5', '-p', '1-100', lab.network.server.ipv4)),
  },
  {
    name: 'scan-hosts-by-ping',
    expects: ['scan-hosts'],
    points: ['client', 'router'],
    make: async (lab) => void (await nmap(lab, '-sn', '-PE', '-T5', lab.network.server.ipv4.replace(/\d+$/, '0/25'))),
  },
  {
    name: 'scan-hosts-by-arp',
    expects: ['scan-hosts', 'arp-storm'],
    points: ['client'],
    make: async (lab) => void (await nmap(lab, '-sn', '-T5', lab.network.gateway.replace(/\d+$/, '0/25'))),
  },
  {
    name: 'scan-hosts-for-one-port',
    expects: ['scan-hosts'],
    points: ['client', 'router'],
    make: async (lab) =>
      void (await nmap(lab, '-Pn', '-sS', '-T5', '-p', '445', lab.network.server.ipv4.replace(/\d+$/, '0/25'))),
  },
  {
    name: 'flood-syn',
    expects: ['flood-syn'],
    prepare: web,
    make: async (lab) => void (await burst(lab, 6000, '-S', '-p', '80')),
  },
  {
    name: 'flood-syn-forged-sources',
    expects: ['flood-syn'],
    prepare: web,
    make: async (lab) => void (await burst(lab, 6000, '-S', '-p', '80', '--rand-source')),
    points: ['client', 'router'],
  },
  {
    name: 'flood-syn-beside-customers',
    expects: ['flood-syn'],
    prepare: web,
    make: async (lab) => {
      const attack = burst(lab, 6000, '-S', '-p', '80', '--rand-source')
      for (let turn = 0; turn < 10; turn++) await curl(lab, 'http://app.lab.test/', '--max-time', '2')
      await attack
    },
    points: ['client', 'router'],
  },
  {
    name: 'flood-udp',
    expects: ['flood-udp'],
    make: async (lab) => void (await burst(lab, 6000, '-2', '-p', '5000', '-d', '400')),
  },
  { name: 'flood-icmp', expects: ['flood-icmp'], make: async (lab) => void (await burst(lab, 6000, '-1')) },
  {
    name: 'flood-ack',
    expects: ['flood-tcp'],
    prepare: web,
    make: async (lab) => void (await burst(lab, 6000, '-A', '-p', '80', '--rand-source')),
    points: ['client', 'router'],
  },
  {
    name: 'flood-reset',
    expects: ['flood-tcp'],
    prepare: web,
    make: async (lab) => void (await burst(lab, 6000, '-R', '-p', '80')),
  },
  {
    name: 'flood-all-flags',
    expects: ['flood-syn', 'flood-tcp'],
    prepare: web,
    make: async (lab) => void (await burst(lab, 6000, '-FSRPAU', '-p', '80', '--rand-source')),
    points: ['client', 'router'],
  },
  {
    name: 'flood-of-requests',
    expects: ['flood-http'],
    prepare: web,
    make: async ({ network: { client, server } }) =>
      void (await client.run(['ab', '-n', '4000', '-c', '40', `http://${server.ipv4}/`])),
  },
  {
    name: 'amplified-answers',
    expects: ['flood-amplification'],
    points: ['server'],
    make: async (lab) => {
      const { client, server } = lab.network
      // Answers that nobody asked for, from port 53 of many hosts.
      await client.run(
        [
          'hping3',
          '-q',
          '-n',
          '-2',
          '-c',
          '3000',
          '-i',
          'u300',
          '-s',
          '53',
          '-k',
          '-p',
          '31337',
          '-d',
          '1300',
          '--rand-source',
          server.ipv4,
        ],
        8000,
      )
    },
  },
  {
    name: 'slow-requests-hold-connections',
    expects: ['flood-slow-requests'],
    prepare: web,
    make: async (lab) => {
      const head = 'GET / HTTP/1.1\r\nHost: app.lab.test\r\n'
      const drip = { repeat: [{ waitMs: 900 }, { send: 'X-a: b\r\n' }], times: 5 }
      await converse(lab, 80, [{ send: head }, drip], 80)
    },
  },
]
