import { setTimeout as sleep } from 'node:timers/promises'
import { startNginx } from '../nginx.ts'
import type { Lab, Scenario } from '../scenario.ts'
import { answer, BLANK_LINE, converse, curl, GET, serve, WEB } from './requests.ts'

const web = async (lab: Lab): Promise<void> => startNginx(lab.network.server, lab.folder, 'server { listen 80; }')

const big = async (lab: Lab): Promise<void> => void (await curl(lab, 'http://app.lab.test/big.bin'))
const huge = async (lab: Lab): Promise<void> => void (await curl(lab, 'http://app.lab.test/huge.bin'))

const LOSS = ['tcp-retransmission-fast', 'tcp-retransmission-timeout']

/** A receive buffer so small that the path cannot be filled. */
function smallWindows(lab: Lab, bytes: number): void {
  lab.network.client.sync(['sysctl', '-qw', `net.ipv4.tcp_rmem=${bytes} ${bytes} ${bytes}`])
}

/** Connections that come about, and then do not do well. */
export const TRANSFERS: readonly Scenario[] = [
  {
    name: 'loss-towards-client',
    expects: LOSS,
    wire: (dice) => ({
      down: { delayMs: dice.between(8, 30), loss: 0.02 + dice.roll() * 0.02 },
      seed: dice.between(1, 999),
    }),
    prepare: web,
    make: huge,
  },
  {
    name: 'loss-towards-server',
    expects: LOSS,
    wire: (dice) => ({ up: { delayMs: dice.between(8, 30), loss: 0.03 }, seed: dice.between(1, 999) }),
    prepare: async (lab) => void (await serve(lab, 9000, [{ until: 600_000 }, { send: 'done' }])),
    make: async (lab) => void (await converse(lab, 9000, [{ sendBytes: 600_000 }, { until: 'done' }])),
  },
  {
    name: 'first-data-lost',
    points: ['client', 'router'],
    expects: ['tcp-retransmission-timeout'],
    wire: () => ({ up: { delayMs: 15, loseFrames: [1, 2, 3] } }),
    prepare: web,
    make: async (lab) => void (await curl(lab, 'http://app.lab.test/')),
  },
  {
    name: 'tail-lost',
    points: ['server'],
    expects: ['tcp-retransmission-timeout', 'tcp-retransmission-fast'],
    wire: (dice) => ({ down: { delayMs: dice.between(10, 25), loseFrames: [11, 12, 13, 14] } }),
    prepare: async (lab) => {
      const steps = [{ until: BLANK_LINE }, { send: answer('x'.repeat(14_000)) }]
      await serve(lab, WEB, [{ repeat: steps, times: 9 }])
    },
    make: async (lab) => void (await curl(lab, 'http://app.lab.test/', 'http://app.lab.test/again')),
  },
  {
    name: 'acknowledgements-late',
    points: ['server'],
    expects: ['tcp-retransmission-spurious', 'tcp-retransmission-timeout', 'path-queueing'],
    // The path back stands still for longer than the sender's patience.
    wire: () => ({
      up: { delayMs: 5, freeze: { everyMs: 1500, lengthMs: 700 } },
      down: { rateKbit: 4000, queueFrames: 400 },
    }),
    prepare: web,
    make: async (lab) => void (await curl(lab, 'http://app.lab.test/huge.bin', '--max-time', '9')),
  },
  {
    name: 'reordering',
    expects: ['tcp-reordering'],
    wire: (dice) => ({ down: { delayMs: 10, reordering: 0.04 + dice.roll() * 0.04 }, seed: dice.between(1, 999) }),
    points: ['client'],
    prepare: web,
    make: huge,
  },
  {
    name: 'duplicated-on-the-way',
    expects: ['tcp-duplicated-segments', 'capture-duplicate-frames'],
    wire: () => ({ down: { delayMs: 10, duplicates: 0.2 } }),
    points: ['client'],
    prepare: web,
    make: big,
  },
  {
    name: 'corruption',
    expects: ['tcp-checksum-damaged', ...LOSS],
    wire: () => ({ down: { delayMs: 10, corruption: 0.05 } }),
    points: ['client'],
    prepare: web,
    make: big,
  },
  {
    name: 'client-stops-reading',
    expects: ['tcp-zero-window'],
    prepare: async (lab) => void (await serve(lab, 9000, [{ until: 'go' }, { sendBytes: 8_000_000 }])),
    make: async (lab) => {
      const steps = [
        { send: 'go' },
        { control: 'pause' },
        { waitMs: 2500 },
        { control: 'resume' },
        { waitMs: 500 },
      ] as const
      await converse(lab, 9000, steps)
    },
  },
  {
    name: 'server-stops-reading',
    expects: ['tcp-zero-window'],
    prepare: async (lab) => void (await serve(lab, 9000, [{ control: 'pause' }, { waitMs: 30_000 }])),
    make: async (lab) => void (await converse(lab, 9000, [{ sendBytes: 9_000_000 }, { waitMs: 3000 }])),
  },
  {
    name: 'small-window',
    expects: ['tcp-window-full'],
    wire: (dice) => ({ up: { delayMs: dice.between(20, 40) } }),
    prepare: async (lab) => {
      smallWindows(lab, 8192)
      await web(lab)
    },
    make: big,
  },
  {
    name: 'slow-narrow-path',
    expects: ['path-queueing', 'high-rtt', ...LOSS],
    wire: () => ({ down: { rateKbit: 3000, queueFrames: 400, delayMs: 5 } }),
    points: ['server'],
    prepare: web,
    make: big,
  },
  {
    name: 'long-way',
    expects: ['high-rtt'],
    wire: (dice) => ({ up: { delayMs: dice.between(150, 300) }, down: { delayMs: dice.between(150, 250) } }),
    prepare: web,
    make: async (lab) => void (await curl(lab, 'http://app.lab.test/')),
    points: ['client'],
  },
  {
    name: 'slow-handler',
    expects: ['slow-server'],
    prepare: async (lab) =>
      void (await serve(lab, WEB, [
        { until: BLANK_LINE },
        { waitMs: lab.dice.between(2500, 4000) },
        { send: answer('late') },
      ])),
    make: async (lab) => void (await curl(lab, 'http://app.lab.test/report')),
  },
  {
    name: 'slow-handler-behind-a-long-way',
    expects: ['slow-server'],
    wire: () => ({ up: { delayMs: 30 }, down: { delayMs: 30 } }),
    prepare: async (lab) => {
      const turn = (waitMs: number) => [{ until: BLANK_LINE }, { waitMs }, { send: answer('one') }]
      await serve(lab, WEB, [...turn(5), ...turn(5), ...turn(2600), ...turn(5)])
    },
    make: async (lab) => void (await curl(lab, 'http://app.lab.test/[1-4]')),
  },
  {
    name: 'answer-in-drips',
    expects: ['slow-server'],
    prepare: async (lab) => {
      const head = 'HTTP/1.1 200 OK\r\nContent-Length: 8000\r\n\r\n'
      await serve(lab, WEB, [
        { until: BLANK_LINE },
        { send: head },
        { repeat: [{ sendBytes: 1000 }, { waitMs: 600 }], times: 8 },
      ])
    },
    make: async (lab) => void (await curl(lab, 'http://app.lab.test/report')),
  },
  {
    name: 'slow-client',
    expects: ['slow-client'],
    prepare: async (lab) =>
      void (await serve(lab, WEB, [{ repeat: [{ until: BLANK_LINE }, { send: answer('ok') }], times: 9 }])),
    make: async (lab) => {
      const half = GET.length - 20
      const slow = [{ send: GET.slice(0, half) }, { waitMs: 3200 }, { send: GET.slice(half) }, { until: 'ok' }]
      await converse(lab, WEB, slow)
    },
  },
  {
    name: 'connection-goes-dead',
    points: ['client'],
    expects: ['tcp-connection-stalled', 'icmp-host-unreachable'],
    wire: () => ({ down: { deadAfterMs: 400 }, up: { deadAfterMs: 400 } }),
    prepare: async (lab) =>
      void (await serve(lab, 9000, [
        { until: 'hello' },
        { sendBytes: 900 },
        { repeat: [{ until: 'more' }, { sendBytes: 900 }], times: 50 },
      ])),
    make: async (lab) =>
      void (await converse(lab, 9000, [
        { send: 'hello' },
        { until: 900 },
        { waitMs: 700 },
        { send: 'more' },
        { waitMs: 5000 },
      ])),
  },
  {
    name: 'mtu-black-hole-down',
    expects: ['path-mtu-black-hole'],
    wire: (dice) => ({ down: { longestBytes: dice.between(1250, 1450), delayMs: 4 } }),
    prepare: web,
    make: async (lab) => void (await curl(lab, 'http://app.lab.test/big.bin', '--max-time', '6')),
  },
  {
    name: 'mtu-black-hole-up',
    points: ['client'],
    expects: ['path-mtu-black-hole'],
    prepare: async (lab) => {
      await serve(lab, 9000, [{ until: 40_000 }, { send: 'done' }])
      lab.network.router.nft('forward', 'meta length > 1400 drop')
    },
    make: async (lab) =>
      void (await converse(lab, 9000, [
        { send: 'x'.repeat(300) },
        { waitMs: 50 },
        { sendBytes: 40_000 },
        { waitMs: 5000 },
      ])),
  },
  {
    name: 'mtu-black-hole-at-once',
    points: ['client', 'server'],
    expects: ['path-mtu-black-hole'],
    wire: (dice) => ({ up: { longestBytes: dice.between(1250, 1450), delayMs: 20 } }),
    prepare: async (lab) => void (await serve(lab, 9000, [{ until: 6000 }, { send: 'done' }])),
    make: async (lab) => void (await converse(lab, 9000, [{ sendBytes: 6000 }, { waitMs: 4000 }])),
  },
  {
    name: 'mtu-messages-ignored',
    expects: ['icmp-fragmentation-needed-ignored', 'path-mtu-black-hole'],
    prepare: async (lab) => {
      const { router, client } = lab.network
      await serve(lab, 9000, [{ until: 40_000 }, { send: 'done' }])
      router.sync(['ip', 'link', 'set', 'wan', 'mtu', '1280'])
      client.nft('input', 'icmp type destination-unreachable drop')
    },
    points: ['client'],
    make: async (lab) => void (await converse(lab, 9000, [{ sendBytes: 40_000 }, { waitMs: 5000 }])),
  },
  {
    name: 'firewall-forgets-and-resets',
    expects: ['tcp-idle-dropped', 'tcp-reset-by-middlebox'],
    points: ['client'],
    prepare: async (lab) => {
      const { router } = lab.network
      await serve(lab, 9000, [{ repeat: [{ until: 'more' }, { send: 'here' }], times: 9 }])
      router.nft('forward', 'ct state established accept', 'tcp flags & (syn | ack) == ack reject with tcp reset')
      router.sync([
        'sysctl',
        '-qw',
        'net.netfilter.nf_conntrack_tcp_timeout_established=2',
        'net.netfilter.nf_conntrack_tcp_loose=0',
      ])
    },
    make: async (lab) => {
      const ask = [{ send: 'more' }, { until: 'here' }] as const
      await converse(lab, 9000, [...ask, ...ask, { waitMs: 5000 }, ...ask, { waitMs: 500 }])
    },
  },
  {
    name: 'firewall-forgets-in-silence',
    expects: ['tcp-idle-dropped', 'tcp-connection-stalled'],
    points: ['client'],
    prepare: async (lab) => {
      const { router } = lab.network
      await serve(lab, 9000, [{ repeat: [{ until: 'more' }, { send: 'here' }], times: 9 }])
      router.nft('forward', 'ct state established accept', 'tcp flags & (syn | ack) == ack drop')
      router.sync([
        'sysctl',
        '-qw',
        'net.netfilter.nf_conntrack_tcp_timeout_established=2',
        'net.netfilter.nf_conntrack_tcp_loose=0',
      ])
    },
    make: async (lab) => {
      const ask = [{ send: 'more' }, { until: 'here' }] as const
      await converse(lab, 9000, [...ask, ...ask, { waitMs: 5000 }, { send: 'more' }, { waitMs: 4000 }])
    },
  },
  {
    name: 'server-resets-in-the-middle',
    expects: ['tcp-reset-by-server'],
    prepare: async (lab) => {
      const head = 'HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n'
      await serve(lab, WEB, [
        { until: BLANK_LINE },
        { send: head },
        { sendBytes: 30_000 },
        { waitMs: 200 },
        { control: 'reset' },
      ])
    },
    make: async (lab) => void (await curl(lab, 'http://app.lab.test/')),
  },
  {
    name: 'client-resets-in-the-middle',
    expects: ['tcp-reset-by-client'],
    prepare: async (lab) => {
      const head = 'HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n'
      await serve(lab, WEB, [
        { until: BLANK_LINE },
        { send: head },
        { repeat: [{ sendBytes: 20_000 }, { waitMs: 50 }], times: 60 },
      ])
    },
    make: async (lab) => {
      await converse(lab, WEB, [{ send: GET }, { until: 60_000 }, { control: 'reset' }])
      await sleep(200)
    },
  },
  {
    name: 'middlebox-resets-on-content',
    expects: ['tcp-reset-by-middlebox'],
    points: ['client'],
    wire: (dice) => ({
      up: { delayMs: 10 },
      down: { delayMs: 10 },
      inject: { trigger: 'forbidden', kind: 'reset', ttl: dice.pick([48, 120, 255]) },
    }),
    prepare: web,
    make: async (lab) => {
      await curl(lab, 'http://app.lab.test/')
      await curl(lab, 'http://app.lab.test/forbidden')
    },
  },
]
