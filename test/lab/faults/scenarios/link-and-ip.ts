import { dhcpDiscover } from '../dhcp.ts'
import type { Lab, Scenario } from '../scenario.ts'
import { startNginx } from '../nginx.ts'
import { curl } from './requests.ts'

const ping = ({ network: { client } }: Lab, address: string, ...options: readonly string[]): Promise<unknown> =>
  client.run(['ping', '-n', '-c', '4', '-i', '0.3', '-W', '1', ...options, address])

async function sendFrames({ network }: Lab, frames: readonly Buffer[], times: number, pauseMs: number): Promise<void> {
  const hex = frames.map((frame) => frame.toString('hex')).join(',')
  const sender = `${import.meta.dirname}/../frame-sender.ts`
  await network.client.run([process.execPath, sender, 'eth0', hex, String(times), String(pauseMs)])
}

/** Faults below the transport layer. */
export const LINK_AND_IP: readonly Scenario[] = [
  {
    name: 'ping-unanswered',
    expects: ['icmp-echo-unanswered'],
    prepare: async ({ network }) => network.server.nft('input', 'icmp type echo-request drop'),
    make: async (lab) => void (await ping(lab, lab.network.server.ipv4)),
  },
  {
    name: 'routing-loop',
    expects: ['icmp-ttl-exceeded', 'routing-loop'],
    points: ['client'],
    prepare: async ({ network: { router, server } }) => {
      server.sync([
        'sysctl',
        '-qw',
        'net.ipv4.ip_forward=1',
        'net.ipv4.conf.all.send_redirects=0',
        'net.ipv4.conf.eth0.send_redirects=0',
        'net.ipv4.icmp_ratelimit=0',
      ])
      router.sync(['sysctl', '-qw', 'net.ipv4.conf.wan.send_redirects=0', 'net.ipv4.conf.all.send_redirects=0'])
      router.sync(['ip', 'route', 'add', '198.18.0.0/16', 'via', server.ipv4])
    },
    make: async ({ network: { client } }) =>
      void (await client.run(['curl', '-sS', '--max-time', '3', 'http://198.18.1.1/'])),
  },
  {
    name: 'routing-loop-seen-inside',
    expects: ['routing-loop', 'icmp-ttl-exceeded'],
    points: ['router'],
    prepare: async ({ network: { router, server } }) => {
      server.sync([
        'sysctl',
        '-qw',
        'net.ipv4.ip_forward=1',
        'net.ipv4.conf.all.send_redirects=0',
        'net.ipv4.conf.eth0.send_redirects=0',
      ])
      router.sync(['sysctl', '-qw', 'net.ipv4.conf.wan.send_redirects=0', 'net.ipv4.conf.all.send_redirects=0'])
      router.sync(['ip', 'route', 'add', '198.18.0.0/16', 'via', server.ipv4])
    },
    make: async (lab) => void (await ping(lab, '198.18.1.1')),
  },
  {
    name: 'redirected-by-router',
    expects: ['icmp-redirect'],
    points: ['client'],
    prepare: async ({ network: { client, router, rogue } }) => {
      router.sync(['sysctl', '-qw', 'net.ipv4.conf.all.send_redirects=1', 'net.ipv4.conf.lan.send_redirects=1'])
      router.sync(['ip', 'route', 'add', '198.18.0.0/16', 'via', rogue.ipv4])
      rogue.sync(['ip', 'addr', 'add', '198.18.1.1/32', 'dev', 'lo'])
      client.sync(['sysctl', '-qw', 'net.ipv4.conf.all.accept_redirects=0', 'net.ipv4.conf.eth0.accept_redirects=0'])
    },
    make: async (lab) => void (await ping(lab, '198.18.1.1')),
  },
  {
    name: 'fragments-missing',
    expects: ['ip-fragments-missing'],
    points: ['server'],
    prepare: async ({ network }) => network.router.nft('forward', 'ip frag-off & 0x1fff > 100 drop'),
    make: async (lab) => void (await ping(lab, lab.network.server.ipv4, '-s', '3000', '-M', 'dont')),
  },
  {
    name: 'reassembly-time-exceeded',
    expects: ['icmp-reassembly-time-exceeded', 'ip-fragments-missing'],
    points: ['client'],
    prepare: async ({ network }) => {
      network.server.sync(['sysctl', '-qw', 'net.ipv4.ipfrag_time=1'])
      network.router.nft('forward', 'ip frag-off & 0x1fff > 100 drop')
    },
    make: async (lab) => void (await ping(lab, lab.network.server.ipv4, '-s', '3000', '-M', 'dont', '-W', '3')),
  },
  {
    name: 'address-used-twice',
    expects: ['arp-address-conflict'],
    points: ['client', 'router'],
    prepare: async ({ network: { resolver, server } }) => {
      resolver.sync(['ip', 'addr', 'add', `${server.ipv4}/24`, 'dev', 'eth0'])
    },
    make: async (lab) => {
      const { network } = lab
      // On the client's segment: somebody else has the gateway's address.
      network.rogue.sync(['ip', 'addr', 'add', `${network.gateway}/24`, 'dev', 'eth0'])
      for (let turn = 0; turn < 3; turn++) {
        network.client.sync(['ip', 'neigh', 'flush', 'all'])
        network.router.sync(['ip', 'neigh', 'flush', 'all'])
        await ping(lab, turn === 1 ? network.gateway : network.server.ipv4)
      }
    },
  },
  {
    name: 'gateway-does-not-answer-arp',
    expects: ['arp-unanswered'],
    points: ['client'],
    make: async (lab) => {
      const gone = lab.network.gateway.replace(/\.1$/, '.199')
      await lab.network.client.run(['curl', '-sS', '--max-time', '5', `http://${gone}/`])
    },
  },
  {
    name: 'neighbour-does-not-answer-ipv6',
    expects: ['neighbor-unanswered'],
    points: ['client'],
    make: async ({ network: { client, gateway6 } }) =>
      void (await client.run(['curl', '-sS', '--max-time', '5', `http://[${gateway6.replace(/::1$/, '::1f9')}]/`])),
  },
  {
    name: 'poisoned-neighbours',
    expects: ['arp-address-conflict'],
    points: ['client'],
    make: async (lab) => {
      const { client, gateway, rogue, router } = lab.network
      await ping(lab, lab.network.server.ipv4)
      const mac = (host: typeof rogue, device: string): string =>
        host
          .sync(['cat', `/sys/class/net/${device}/address`])
          .trim()
          .replaceAll(':', '')
      const hex = (address: string): string =>
        address
          .split('.')
          .map((part) => Number(part).toString(16).padStart(2, '0'))
          .join('')
      const [victim, liar] = [mac(client, 'eth0'), mac(rogue, 'eth0')]
      const forged = `${victim}${liar}08060001080006040002${liar}${hex(gateway)}${victim}${hex(client.ipv4)}${'00'.repeat(18)}`
      const sender = `${import.meta.dirname}/../frame-sender.ts`
      await Promise.all([
        rogue.run([process.execPath, sender, 'eth0', forged, '5', '300']),
        ping(lab, lab.network.server.ipv4),
      ])
      router.sync(['ip', 'neigh', 'flush', 'all'])
      await ping(lab, lab.network.server.ipv4)
    },
  },
  {
    name: 'arp-storm',
    expects: ['arp-storm', 'scan-hosts'],
    points: ['client'],
    make: async (lab) => {
      const { gateway, client } = lab.network
      const own = Buffer.from(client.ipv4.split('.').map(Number)).toString('hex')
      const wanted = Buffer.from(gateway.split('.').map(Number)).toString('hex')
      const request = Buffer.from(
        `ffffffffffff0200000000aa080600010800060400010200000000aa${own}000000000000${wanted}${'00'.repeat(18)}`,
        'hex',
      )
      await sendFrames(lab, [request], 3000, 0)
    },
  },
  {
    name: 'no-dhcp-server',
    expects: ['dhcp-unanswered'],
    points: ['client'],
    make: async (lab) => sendFrames(lab, [dhcpDiscover(0x1122_3344)], 4, 700),
  },
  {
    name: 'quic-dropped',
    expects: ['quic-blocked'],
    points: ['client'],
    prepare: async ({ network }) => network.router.nft('forward', 'udp dport 443 drop'),
    make: async ({ network: { client, server } }) =>
      void (await client.run([
        process.execPath,
        `${import.meta.dirname}/../quic-client.ts`,
        server.ipv4,
        'app.lab.test',
      ])),
  },
  {
    name: 'quic-dropped-beside-tcp',
    expects: ['quic-blocked'],
    points: ['client'],
    prepare: async (lab) => {
      lab.network.router.nft('forward', 'udp dport 443 drop')
      await startNginx(lab.network.server, lab.folder, 'server { listen 80; }')
    },
    make: async (lab) => {
      const { client, server } = lab.network
      await client.run([process.execPath, `${import.meta.dirname}/../quic-client.ts`, server.ipv4, 'www.lab.test'])
      await curl(lab, 'http://app.lab.test/')
    },
  },
  {
    name: 'mtu-message-heeded-but-service-down',
    expects: ['http-5xx'],
    points: ['client'],
    prepare: async (lab) => {
      lab.network.router.sync(['ip', 'link', 'set', 'wan', 'mtu', '1300'])
      await startNginx(lab.network.server, lab.folder, 'server { listen 80; location / { return 503; } }')
    },
    make: async (lab) => void (await curl(lab, 'http://app.lab.test/', '-d', 'x'.repeat(3000))),
  },
]
