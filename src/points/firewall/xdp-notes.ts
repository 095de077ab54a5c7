import { nativeXdpSupport, otherEndOf } from '#net'
import type { PacketHook } from '#rules'
import { networkInterface } from './process/interfaces.ts'
import { whyBehindDriver } from './process/program-attachment.ts'

/**
 * Where drivers keep a packet for XDP, a page, less what the kernel keeps there and the Ethernet header, as a veth counts
 * it. Drivers of hardware have limits of their own, some of them lower.
 */
const PAGE_MTU_BYTES = 3506
/** All drivers with native XDP take packets as long as this. */
const USUAL_MTU_BYTES = 1500

/** How eBPF will run on each interface, as far as the kernel tells without trying. `answers`: rules send packets back. */
export function xdpNotes(hooks: readonly PacketHook[], answers: boolean): string[] {
  const support = nativeXdpSupport()
  return hooks.map(({ interfaceName, direction }) => {
    if (direction === 'out') return `${interfaceName} out: eBPF before its queues (TCX)`
    const why = whyBehindDriver(interfaceName, answers) ?? whyNotNative(interfaceName, support)
    const mode = why === undefined ? nativeMode(interfaceName, support) : `generic XDP, because ${why}; ${COST}`
    return `${interfaceName} in: ${mode}`
  })
}

const COST = 'a packet then costs a socket buffer'

type Support = ReturnType<typeof nativeXdpSupport>

/** Why the driver will refuse; undefined when it will not, or when only it can say. */
function whyNotNative(interfaceName: string, support: Support): string | undefined {
  const here = networkInterface(interfaceName)
  if (support?.get(here.index) === false) return 'its driver has no native XDP'
  // What a veth receives is as long as its other end sends it.
  const mtuBytes = here.kind === 'veth' ? (otherEndOf(here)?.mtuBytes ?? 0) : 0
  return mtuBytes > PAGE_MTU_BYTES ? `the other end of the veth has an MTU of ${mtuBytes}` : undefined
}

function nativeMode(interfaceName: string, support: Support): string {
  const { index, kind, mtuBytes } = networkInterface(interfaceName)
  if (support?.get(index) === undefined) return 'whether its driver has native XDP shows when it is attached'
  if (mtuBytes <= USUAL_MTU_BYTES || kind === 'veth') return 'native XDP'
  return `native XDP, or generic XDP where its driver refuses an MTU of ${mtuBytes}, which shows when it is attached`
}
