import { setTimeout as sleep } from 'node:timers/promises'
import { freeze } from '../fault-network.ts'
import type { Lab, Scenario } from '../scenario.ts'
import { startNginx } from '../nginx.ts'
import { curl, GET, serve } from './requests.ts'

const web = async (lab: Lab): Promise<void> =>
  startNginx(lab.network.server, lab.folder, 'server { listen 80; listen [::]:80; }')

const patient = (lab: Lab, url: string = 'http://app.lab.test/'): Promise<unknown> =>
  curl(lab, url, '--connect-timeout', '5')

/** Connections that do not come about. */
export const CONNECTING: readonly Scenario[] = [
  {
    name: 'server-drops-syn',
    expects: ['tcp-syn-unanswered'],
    prepare: async (lab) => {
      await web(lab)
      lab.network.server.nft('input', 'tcp dport 8081 drop')
    },
    make: async (lab) => {
      await curl(lab, 'http://app.lab.test/')
      await patient(lab, 'http://app.lab.test:8081/')
    },
  },
  {
    name: 'router-drops-syn',
    expects: ['tcp-syn-unanswered'],
    points: ['client'],
    prepare: async (lab) => {
      await web(lab)
      lab.network.router.nft('forward', 'tcp flags syn drop')
    },
    make: async (lab) => void (await patient(lab)),
  },
  {
    name: 'route-black-hole',
    expects: ['tcp-syn-unanswered'],
    points: ['client'],
    prepare: async ({ network: { router, server } }) =>
      void router.sync(['ip', 'route', 'add', 'blackhole', `${server.ipv4}/32`]),
    make: async (lab) => void (await patient(lab, 'https://app.lab.test/')),
  },
  {
    name: 'answer-lost-on-the-way-back',
    expects: { client: ['tcp-syn-unanswered'], router: ['tcp-syn-ack-unanswered'], server: ['tcp-syn-ack-unanswered'] },
    prepare: async (lab) => {
      await web(lab)
      lab.network.router.nft('forward', 'tcp sport 80 drop')
    },
    make: async (lab) => void (await patient(lab)),
  },
  {
    name: 'nobody-listens',
    expects: ['tcp-syn-refused'],
    make: async (lab) => void (await curl(lab, `http://app.lab.test:${lab.dice.between(1024, 9000)}/`)),
  },
  {
    name: 'nobody-listens-beside-good-traffic',
    expects: ['tcp-syn-refused'],
    prepare: web,
    make: async (lab) => {
      for (let turn = 0; turn < 5; turn++) await curl(lab, 'http://app.lab.test/')
      for (let turn = 0; turn < 3; turn++) await curl(lab, 'https://app.lab.test/')
    },
  },
  {
    name: 'router-resets-syn',
    expects: ['tcp-syn-refused', 'tcp-reset-by-middlebox'],
    points: ['client'],
    prepare: async (lab) => lab.network.router.nft('forward', 'tcp dport 80 reject with tcp reset'),
    make: async (lab) => void (await patient(lab)),
  },
  {
    name: 'router-prohibits',
    expects: ['icmp-administratively-prohibited'],
    points: ['client'],
    prepare: async (lab) =>
      lab.network.router.nft('forward', 'ip daddr != 0.0.0.0 reject with icmp type admin-prohibited'),
    make: async (lab) => void (await patient(lab)),
  },
  {
    name: 'router-prohibits-ipv6',
    expects: ['icmp-administratively-prohibited'],
    points: ['client'],
    prepare: async (lab) => lab.network.router.nft('forward', 'tcp dport 80 reject with icmpv6 type admin-prohibited'),
    make: async ({ network: { client, server } }) =>
      void (await client.run(['curl', '-sS', '--connect-timeout', '4', `http://[${server.ipv6}]/`])),
  },
  {
    name: 'server-host-is-gone',
    expects: ['icmp-host-unreachable'],
    points: ['client'],
    prepare: async ({ network: { server } }) => void server.sync(['ip', 'link', 'set', 'eth0', 'down']),
    make: async (lab) => void (await patient(lab)),
  },
  {
    name: 'server-host-is-gone-seen-by-router',
    expects: ['arp-unanswered', 'icmp-host-unreachable'],
    points: ['router'],
    prepare: async ({ network: { server } }) => void server.sync(['ip', 'link', 'set', 'eth0', 'down']),
    make: async (lab) => void (await patient(lab)),
  },
  {
    name: 'no-route',
    expects: ['icmp-network-unreachable', 'icmp-host-unreachable'],
    points: ['client'],
    prepare: async ({ network: { router, server } }) =>
      void router.sync(['ip', 'route', 'add', 'unreachable', `${server.ipv4}/32`]),
    make: async (lab) => void (await patient(lab)),
  },
  {
    name: 'listen-queue-full',
    expects: ['tcp-listen-queue-full', 'tcp-syn-unanswered', 'tcp-syn-ack-unanswered'],
    prepare: async (lab) => {
      const child = await lab.network.server.start(['nc', '-lk', '-p', '7000'])
      await sleep(200)
      freeze(child)
      // One connection waits in the queue of netcat, which has room for one more.
      for (let turn = 0; turn < 2; turn++) await lab.network.client.start(['nc', lab.network.server.ipv4, '7000'])
      await sleep(300)
    },
    make: async ({ network: { client, server } }) => {
      await Promise.all([1, 2, 3].map(() => client.run(['nc', '-w', '5', server.ipv4, '7000'], 5000, GET)))
    },
  },
  {
    name: 'udp-port-unreachable',
    expects: ['icmp-port-unreachable'],
    make: async ({ network: { client, server } }) => {
      for (const text of ['one', 'two', 'three'])
        await client.run(['nc', '-u', '-w', '1', server.ipv4, '5140'], 1500, text)
    },
  },
  {
    name: 'process-stopped-after-accept',
    expects: ['http-unanswered', 'slow-server'],
    prepare: async (lab) => {
      const child = (await serve(lab, 80, [{ until: GET }, { send: 'HTTP/1.1 200 OK\r\n\r\n' }])) as Parameters<
        typeof freeze
      >[0]
      freeze(child)
    },
    make: async (lab) => void (await curl(lab, 'http://app.lab.test/', '--max-time', '5')),
  },
]
