import { readFileSync } from 'node:fs'
import { ethernet, ipv4, synOptions, tcp, TCP_FLAG } from '../../../src/wire/packet/testing/index.ts'
import { type FirewallLab, SERVER } from './firewall-lab.ts'
import { FloodSender } from './flood-sender.ts'

/** What the network stack of this machine offers: as much as scales a byte count of 16 bits to its largest buffer. */
function windowScale(): number {
  const largest = ['ipv4/tcp_rmem', 'core/rmem_max'].map((name) =>
    Number(readFileSync(`/proc/sys/net/${name}`, 'latin1').trim().split(/\s+/).at(-1)),
  )
  return Math.min(14, Math.max(0, Math.floor(Math.log2(Math.max(...largest))) - 15))
}

/** Attempts to connect from everywhere that look like those of the clients of this machine. */
export function synFloodLikeClients({ cable }: FirewallLab, port: number): FloodSender {
  const options = synOptions(1460, windowScale())
  const segment = tcp({ sourcePort: 0, destinationPort: port, flags: TCP_FLAG.syn, sequence: 0, options })
  const packet = ipv4({ source: '0.0.0.0', destination: SERVER.ipv4, dontFragment: true }, segment)
  const frame = ethernet(packet, { source: cable.client, destination: cable.server })
  return new FloodSender(frame, ['source', 'id', 'sourcePort', 'sequence'], cable.clientIndex)
}

/** When the stack of the server gives cookies: 0 never, 1 when its queue is full, 2 always. */
export function cookieSetting(lab: FirewallLab): string {
  return lab.run('cat', '/proc/sys/net/ipv4/tcp_syncookies').trim()
}

/** How many wait in the network stack of the server for the last segment of their handshake. */
export function halfOpen(lab: FirewallLab, port: number): number {
  return lab.run('ss', '-Htn', 'state', 'syn-recv', 'sport', '=', `:${port}`).split('\n').filter(Boolean).length
}

interface Mitigation {
  readonly step: string
  readonly when: string
  readonly active: boolean
}

/** Waits until a flood is answered with cookies; gives all mitigations of that moment in words. */
export async function untilCookies(lab: FirewallLab): Promise<string> {
  let seen: readonly Mitigation[] = []
  await lab.until('a rule gives cookies', async () => {
    const answer = (await lab.api('GET', '/api/v1/firewall/mitigations')) as { mitigations: readonly Mitigation[] }
    seen = answer.mitigations
    return seen.some(({ step, active }) => step === 'synCookie' && active)
  })
  return seen.map(({ step, when }) => `${step}: ${when}`).join(' | ')
}
