import { relative } from 'node:path'
import { VERSION } from '#kernel'
import { CLI_TOKEN_FILE } from '../client/connect.ts'
import { style } from '../output/style.ts'
import type { Server } from './supervisor.ts'

/** What a person wants to know once the server runs. `demoOrigin` is the URL of the demo's origin. */
export function announce(server: Server, demoOrigin: string | undefined): string {
  const { config } = server
  const title = demoOrigin === undefined ? `with ${shown(config.file ?? '')}` : 'as a demo (without a configuration)'
  const lines = [
    style('bold', `Tidegate ${VERSION} runs ${title}`),
    ...server.addresses.map(
      ({ host, port, tls }) => `  edge      ${tls ? 'https' : 'http'}://${hostText(host)}:${port}`,
    ),
    ...firewallLines(server),
    ...server.collectors.map(({ host, port }) => `  flows     udp ${hostText(host)}:${port} (NetFlow, IPFIX, sFlow)`),
    `  console   ${server.consoleUrl}/api/v1/health`,
    `  policy    ${shown(config.policyDirectory)} (version ${server.policyVersion}; a changed file is loaded at once)`,
    `  data      ${shown(config.dataDirectory)}`,
    ...(demoOrigin === undefined ? [] : demoLines(server, demoOrigin)),
  ]
  return `${lines.join('\n')}\n`
}

function firewallLines({ config, firewall }: Server): string[] {
  const { floods, interfaces: configured = [] } = config.firewall ?? {}
  const { interfaces = [], notes = [] } = firewall?.state ?? {}
  return [
    ...interfaces.map(({ name, direction, mode }) => `  firewall  ${name} ${direction} (${FIREWALL_MODES[mode]})`),
    ...notes.map((note) => `            ${note}`),
    ...(interfaces.length === 0 || floods === undefined ? [] : [`  floods    ${floodsInWords(floods, configured)}`]),
  ]
}

type Firewall = NonNullable<Server['config']['firewall']>

function floodsInWords({ mode }: NonNullable<Firewall['floods']>, interfaces: Firewall['interfaces']): string {
  const isOnSome = interfaces.some(({ protect }) => protect.some(({ mode: own = 'off' }) => own !== 'off'))
  return mode === 'off' && !isOnSome ? 'not watched for (mode: off)' : FLOOD_MODES[mode]
}

/** What is done about floods, where no prefix says otherwise. */
const FLOOD_MODES = {
  off: 'watched for on some prefixes only',
  log: 'told of (mode: log)',
  mitigate: 'stopped (mode: mitigate)',
} as const

/** How packets of an interface are filtered. */
const FIREWALL_MODES = {
  native: 'native XDP',
  generic: 'generic XDP',
  tcx: 'eBPF',
  nftables: 'nftables',
} as const

function demoLines(server: Server, demoOrigin: string): string[] {
  const edge = server.addresses[0]
  const url = `http://${hostText(edge.host)}:${edge.port}`
  const tidegate = `node ${shown(process.argv[1])}`
  const token = `${shown(server.config.dataDirectory)}/${CLI_TOKEN_FILE}`
  return [
    `  origin    ${demoOrigin} (the demo's own)`,
    '',
    style('bold', 'Allowed, then blocked by a rule:'),
    `  curl -i ${url}/hello`,
    `  curl -i ${url}/admin`,
    '',
    style('bold', 'Look at both:'),
    `  ${tidegate} event list --since 5m`,
    `  ${tidegate} event explain RAY      with the value of the header Tidegate-Ray`,
    `  curl -H "Authorization: Bearer $(cat ${token})" '${server.consoleUrl}/api/v1/events?since=5m'`,
    '',
    'Ctrl-C stops. `tidegate init` writes a configuration of your own.',
  ]
}

function hostText(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

function shown(path: string): string {
  const short = relative(process.cwd(), path)
  return short === '' ? '.' : short.startsWith('..') ? path : short
}
