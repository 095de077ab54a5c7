import { startNginx } from '../nginx.ts'
import type { PeerStep } from '../peer-step.ts'
import type { Lab, Scenario } from '../scenario.ts'
import { answer, BLANK_LINE, converse, curl, GET, serve, WEB } from './requests.ts'

const nginx =
  (settings: string, more: string = '') =>
  async (lab: Lab): Promise<void> =>
    startNginx(lab.network.server, lab.folder, `${more} server { listen 80; ${settings} }`)

/** The server's side, played once a connection. */
const conversation =
  (...steps: readonly PeerStep[]) =>
  async (lab: Lab): Promise<void> =>
    void (await serve(lab, WEB, steps))

const visit =
  (...paths: readonly string[]) =>
  async (lab: Lab): Promise<void> => {
    for (const path of paths) await curl(lab, `http://app.lab.test${path}`)
  }

const say =
  (...steps: readonly PeerStep[]) =>
  async (lab: Lab): Promise<void> =>
    void (await converse(lab, WEB, steps))

/** Requests that are answered badly, or not at all. */
export const WEB_FAULTS: readonly Scenario[] = [
  { name: 'not-found', expects: ['http-4xx'], prepare: nginx(''), make: visit('/', '/missing', '/missing/too') },
  {
    name: 'forbidden',
    expects: ['http-4xx'],
    prepare: nginx('location /private { deny all; }'),
    make: visit('/private', '/private/a'),
  },
  {
    name: 'unauthorized',
    expects: ['http-4xx'],
    prepare: nginx('location /api { return 401; }'),
    make: visit('/', '/api/v1', '/api/v1'),
  },
  {
    name: 'too-many-requests',
    expects: ['http-4xx'],
    prepare: nginx('location /api { return 429; }'),
    make: visit('/api/v1', '/api/v1'),
  },
  {
    name: 'server-error',
    expects: ['http-5xx'],
    prepare: nginx('location /report { return 500; }'),
    make: visit('/', '/report', '/'),
  },
  {
    name: 'origin-refused',
    expects: ['http-5xx'],
    prepare: nginx('location / { proxy_pass http://127.0.0.1:9; }'),
    make: visit('/'),
  },
  {
    name: 'unavailable',
    expects: ['http-5xx'],
    prepare: nginx('location / { return 503; }'),
    make: visit('/', '/', '/'),
  },
  {
    name: 'origin-too-slow',
    expects: ['http-5xx'],
    prepare: async (lab) => {
      await lab.network.server.program('tcp-peer.ts', 'listen', '8081', JSON.stringify([{ until: 'never' }]))
      await nginx('location / { proxy_pass http://127.0.0.1:8081; proxy_read_timeout 2s; }')(lab)
    },
    make: visit('/'),
  },
  {
    name: 'redirects-in-a-circle',
    expects: ['http-redirect-loop'],
    prepare: nginx('location / { return 302 /login; }'),
    make: async (lab) => void (await curl(lab, 'http://app.lab.test/', '-L', '--max-redirs', '12')),
  },
  {
    name: 'keep-alive-race',
    expects: ['http-keep-alive-race'],
    wire: (dice) => {
      const delayMs = dice.between(60, 120)
      return { up: { delayMs }, down: { delayMs } }
    },
    prepare: conversation(
      { until: BLANK_LINE },
      { send: answer('first') },
      { waitMs: 500 },
      { control: 'end' },
      { waitMs: 20 },
      { control: 'reset' },
    ),
    make: say({ send: GET }, { until: 'first' }, { waitMs: 420 }, { send: GET }, { waitMs: 600 }),
  },
  {
    name: 'keep-alive-closed-long-before',
    expects: ['http-keep-alive-race'],
    prepare: nginx('keepalive_timeout 1s;'),
    make: say({ send: GET }, { until: 'tide is out' }, { waitMs: 1700 }, { send: GET }, { waitMs: 300 }),
  },
  {
    name: 'two-ways-of-framing',
    expects: ['http-smuggling-like'],
    prepare: nginx(''),
    make: say(
      {
        send: 'POST / HTTP/1.1\r\nHost: app.lab.test\r\nContent-Length: 48\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /admin HTTP/1.1\r\nHost: app.lab.test\r\nX: y',
      },
      { waitMs: 400 },
    ),
  },
  {
    name: 'two-lengths',
    expects: ['http-smuggling-like'],
    prepare: nginx(''),
    make: say(
      { send: 'POST / HTTP/1.1\r\nHost: app.lab.test\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef' },
      { waitMs: 400 },
    ),
  },
  {
    name: 'transfer-encoding-in-disguise',
    expects: ['http-smuggling-like'],
    prepare: nginx(''),
    make: say(
      {
        send: 'POST / HTTP/1.1\r\nHost: app.lab.test\r\nContent-Length: 4\r\nTransfer-Encoding : chunked\r\n\r\n1\r\nZ\r\nQ',
      },
      { waitMs: 400 },
    ),
  },
  {
    name: 'answer-ends-early',
    expects: ['http-response-cut'],
    prepare: conversation(
      { until: BLANK_LINE },
      { send: 'HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n' },
      { sendBytes: 20_000 },
      { control: 'end' },
    ),
    make: visit('/file'),
  },
  {
    name: 'connection-closed-without-answer',
    expects: ['http-unanswered'],
    prepare: conversation({ until: BLANK_LINE }, { control: 'end' }),
    make: visit('/'),
  },
  {
    name: 'reset-in-place-of-answer',
    expects: ['tcp-reset-by-server', 'http-unanswered'],
    prepare: conversation({ until: BLANK_LINE }, { control: 'reset' }),
    make: visit('/'),
  },
  {
    name: 'client-gives-up-waiting',
    expects: ['slow-server', 'http-unanswered'],
    prepare: conversation({ until: BLANK_LINE }, { waitMs: 9000 }),
    make: async (lab) => void (await curl(lab, 'http://app.lab.test/', '--max-time', '3')),
  },
  {
    name: 'garbage-in-place-of-answer',
    expects: ['http-malformed', 'wrong-protocol-on-port'],
    prepare: conversation(
      { until: BLANK_LINE },
      { send: 'HTTP/1.1 two hundred fine\r\nContent-Length 5\r\n\r\nhello' },
      { waitMs: 100 },
      { control: 'end' },
    ),
    make: visit('/'),
  },
  {
    name: 'chunks-broken',
    expects: ['http-malformed', 'http-response-cut', 'http-smuggling-like'],
    prepare: conversation(
      { until: BLANK_LINE },
      { send: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nxyz\r\nbroken\r\n' },
      { waitMs: 100 },
      { control: 'end' },
    ),
    make: visit('/'),
  },
]
