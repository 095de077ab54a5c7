import type { Lab } from '../scenario.ts'
import type { PeerStep } from '../peer-step.ts'

/** Port of the lab's web servers. */
export const WEB = 80
export const TLS = 443

export const BLANK_LINE = '\r\n\r\n'

export const GET = 'GET /index.html HTTP/1.1\r\nHost: app.lab.test\r\nUser-Agent: lab/1\r\n\r\n'

export function answer(body: string, head: string = 'HTTP/1.1 200 OK'): string {
  return `${head}\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

/** A request of curl to the lab's server, whatever its name resolves to. */
export function curl(
  { network: { client, server } }: Lab,
  url: string,
  ...options: readonly string[]
): Promise<unknown> {
  const { hostname, port, protocol } = new URL(url)
  const number = port === '' ? (protocol === 'https:' ? TLS : WEB) : port
  const place = ['--resolve', `${hostname}:${number}:${server.ipv4}`]
  return client.run(['curl', '-sS', '-o', '/dev/null', '--max-time', '10', ...place, ...options, url])
}

/** One side of a conversation on the server. */
export function serve({ network }: Lab, port: number, steps: readonly PeerStep[]): Promise<unknown> {
  return network.server.program('tcp-peer.ts', 'listen', String(port), JSON.stringify(steps))
}

/** The other side, on the client. */
export function converse(
  lab: Lab,
  port: number,
  steps: readonly PeerStep[],
  connections: number = 1,
): Promise<unknown> {
  const { client, server } = lab.network
  const peer = `${import.meta.dirname}/../tcp-peer.ts`
  const script = JSON.stringify(steps)
  return client.run([process.execPath, peer, 'connect', server.ipv4, String(port), script, String(connections)])
}
