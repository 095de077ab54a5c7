import { readdirSync } from 'node:fs'
import type { FirewallConfig } from '#config'
import { listEgressPrograms } from '#net'
import { XdpFirewall } from '../process/xdp-firewall.ts'
import { networkInterface } from '../process/interfaces.ts'
import { packetPolicy } from './packet-policy.ts'

// Processes that follow each other in one network run this: `leave` ends with rules in force that are to be kept, `look`
// prints what stands before the queues, `take` takes the rules over in one direction only, and prints what is left pinned.

const DEVICE = 'lo'
const PINS = '/sys/fs/bpf/tidegate'
const [step] = process.argv.slice(2)

function configOf(directions: FirewallConfig['interfaces'][number]['directions']): FirewallConfig {
  return { interfaces: [{ name: DEVICE, directions, protect: [] }], backend: 'xdp', onExit: 'keep', management: [] }
}

function standing(): string {
  const programs = listEgressPrograms(networkInterface(DEVICE).index) ?? []
  return programs.map(({ programName }) => programName).join()
}

function pinned(): string {
  return readdirSync(PINS)
    .flatMap((network) => readdirSync(`${PINS}/${network}`))
    .join()
}

const policy = packetPolicy([{ id: 'all', when: 'udp.dstport == 9', action: 'drop' }])
if (step === 'leave') new XdpFirewall().apply(policy, configOf(['in', 'out']), 0)
if (step === 'take') new XdpFirewall().apply(policy, configOf(['in']), 0)
process.stdout.write(`${standing()} ${pinned()}\n`)
