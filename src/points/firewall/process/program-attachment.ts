import { existsSync, mkdirSync, readdirSync, readlinkSync, rmSync, statfsSync } from 'node:fs'
import { messageOf, TidegateError } from '#kernel'
import { EgressLink, listEgressPrograms, type LoadedProgram, otherEndOf, type ProgramLink, XdpLink } from '#net'
import type { PacketHook } from '#rules'
import { hasEthernet, interfaceIndex, networkInterface } from './interfaces.ts'
import type { HookMode } from './messages.ts'

const BPFFS = '/sys/fs/bpf'
const PIN_FOLDER = `${BPFFS}/tidegate`
/** Says in which network the thread is that asks. */
const NETWORK = '/proc/thread-self/ns/net'
/** BPF_FS_MAGIC of linux/magic.h. */
const BPFFS_TYPE = 0xcafe_4a11

type ProgramMode = Exclude<HookMode, 'nftables'>

/** How programs stand in each direction, the best way first. */
const MODES: Readonly<Record<PacketHook['direction'], readonly ProgramMode[]>> = {
  in: ['native', 'generic'],
  out: ['tcx'],
}

/** Maps are pinned in the same folder. */
const LINK_PREFIXES = Object.values(MODES).flatMap((modes) => modes.map((mode) => `${mode}-`))

const OPEN_PINNED: Readonly<Record<ProgramMode, (path: string) => ProgramLink | undefined>> = {
  native: (path) => XdpLink.openPinned(path),
  generic: (path) => XdpLink.openPinned(path),
  tcx: (path) => EgressLink.openPinned(path),
}

/** Other networks of this machine may see the same folder, and have interfaces of the same names. */
export function pinFolder(): string {
  const [number] = /\d+/.exec(readlinkSync(NETWORK)) ?? ['']
  return `${PIN_FOLDER}/${number}`
}

/** Where the link of an interface is pinned, when its program shall outlive us. */
function pinOf(interfaceName: string, mode: ProgramMode): string {
  return `${pinFolder()}/${mode}-${interfaceName}`
}

/** Takes all pins of this network away: what they held goes off when nobody else holds it. */
export function removePins(): void {
  rmSync(pinFolder(), { recursive: true, force: true })
}

/** Says why programs cannot stand at an interface in a direction; undefined when they can. @throws TidegateError ERR_USAGE */
export function attachmentFault({ interfaceName, direction }: PacketHook): TidegateError | undefined {
  if (!hasEthernet(networkInterface(interfaceName))) {
    const why = `${interfaceName}: its packets have no Ethernet header, which eBPF reads first`
    return new TidegateError('ERR_BPF_FAILED', why, {
      source: 'environment',
      remedy: 'Filter with `backend: nftables`, or `auto`.',
    })
  }
  if (direction === 'in' || listEgressPrograms(interfaceIndex(interfaceName)) !== undefined) return undefined
  return new TidegateError('ERR_BPF_FAILED', `${interfaceName}: eBPF filters what goes out from Linux 6.6 on (TCX)`, {
    source: 'environment',
    remedy: 'Filter with `backend: nftables`, or `auto`, or leave `out` out of its directions.',
  })
}

/** Why what comes in is filtered behind the driver, though that may have native XDP; undefined when nothing speaks against it. @throws TidegateError ERR_USAGE */
export function whyBehindDriver(interfaceName: string, answers: boolean): string | undefined {
  const here = networkInterface(interfaceName)
  if (!answers || here.kind !== 'veth' || (otherEndOf(here)?.xdpPrograms.length ?? 0) > 0) return undefined
  return 'what native XDP answers gets lost in a veth whose other end has no program'
}

/** Takes away what an earlier process left where packets are not filtered any more. */
export function removeOtherPins(attachments: Iterable<ProgramAttachment>): void {
  if (!existsSync(pinFolder())) return
  const ours = new Set(Array.from(attachments, ({ hook, mode }) => pinOf(hook.interfaceName, mode)))
  for (const name of readdirSync(pinFolder())) {
    const isLink = LINK_PREFIXES.some((prefix) => name.startsWith(prefix))
    if (isLink && !ours.has(`${pinFolder()}/${name}`)) rmSync(`${pinFolder()}/${name}`, { force: true })
  }
}

/** Our program at one interface, in one direction. */
export class ProgramAttachment {
  readonly hook: PacketHook
  readonly mode: ProgramMode
  /** Why it is not natively there. */
  readonly note: string | undefined
  /** A program of ours was there before, so that no packet passed unseen. */
  readonly isTakenOver: boolean
  readonly #link: ProgramLink

  constructor(hook: PacketHook, mode: ProgramMode, link: ProgramLink, isTakenOver: boolean, note?: string) {
    this.hook = hook
    this.mode = mode
    this.note = note
    this.isTakenOver = isTakenOver
    this.#link = link
  }

  /**
   * Puts a program on an interface: in place of the one that an earlier process of ours left there, or where there is none.
   * What comes in meets it natively, or with a socket buffer for each packet where the driver cannot.
   *
   * @param answers whether the program sends packets back
   * @throws TidegateError ERR_BPF_FAILED, also when a program of somebody else is there
   */
  static attach(program: LoadedProgram, hook: PacketHook, answers: boolean): ProgramAttachment {
    const fault = attachmentFault(hook)
    if (fault !== undefined) throw fault
    for (const mode of MODES[hook.direction]) {
      const left = adopted(program, pinOf(hook.interfaceName, mode), mode)
      if (left === undefined) continue
      const attachment = new ProgramAttachment(hook, mode, left, true)
      if (!attachment.losesAnswers(answers)) return attachment
      attachment.detach()
    }
    return hook.direction === 'in' ? attachIncoming(program, hook, answers) : attachOutgoing(program, hook)
  }

  /** What the program sends back would not arrive: it has to stand elsewhere. @throws TidegateError ERR_USAGE */
  losesAnswers(answers: boolean): boolean {
    return this.mode === 'native' && whyBehindDriver(this.hook.interfaceName, answers) !== undefined
  }

  /** Every packet meets the program before or this one. @throws TidegateError ERR_BPF_FAILED */
  replace(program: LoadedProgram): void {
    this.#link.replace(program)
  }

  /** Lets the program stay when this process ends, or not. @throws TidegateError ERR_BPF_FAILED without a bpffs */
  keep(isKept: boolean): void {
    const path = pinOf(this.hook.interfaceName, this.mode)
    if (!isKept) {
      rmSync(path, { force: true })
    } else if (!existsSync(path)) {
      openPinFolder()
      this.#link.pin(path)
    }
  }

  /** Takes the program off. */
  detach(): void {
    this.keep(false)
    this.#link.detach()
    this.#link.close()
  }
}

function attachIncoming(program: LoadedProgram, hook: PacketHook, answers: boolean): ProgramAttachment {
  const { interfaceName } = hook
  const index = interfaceIndex(interfaceName)
  const generic = (why: string): ProgramAttachment => {
    const note = `${interfaceName}: ${why}: generic XDP costs a socket buffer a packet`
    return new ProgramAttachment(hook, 'generic', XdpLink.attach(program, index, 'generic'), false, note)
  }
  const why = whyBehindDriver(interfaceName, answers)
  if (why !== undefined) return generic(why)
  try {
    return new ProgramAttachment(hook, 'native', XdpLink.attach(program, index, 'native'), false)
  } catch (error) {
    // Drivers say in many ways that they cannot. What stands against both is told as the driver said it.
    return attempt(() => generic(`its driver has no native XDP, or not as it is set up (${messageOf(error)})`), error)
  }
}

/** What a second way gives; when that fails as well, the error of the first one is thrown. */
function attempt<Result>(second: () => Result, error: unknown): Result {
  try {
    return second()
  } catch {
    throw error
  }
}

function attachOutgoing(program: LoadedProgram, hook: PacketHook): ProgramAttachment {
  return new ProgramAttachment(hook, 'tcx', EgressLink.attach(program, interfaceIndex(hook.interfaceName)), false)
}

/** Makes the folder of our pins. @throws TidegateError ERR_BPF_FAILED where no bpffs is mounted */
export function openPinFolder(): void {
  if (!existsSync(BPFFS) || statfsSync(BPFFS).type !== BPFFS_TYPE) {
    throw new TidegateError('ERR_BPF_FAILED', `rules outlive Tidegate in a bpffs only, and ${BPFFS} is none`, {
      source: 'environment',
      remedy: `Mount it with \`mount -t bpf bpf ${BPFFS}\`, or write \`onExit: open\`.`,
    })
  }
  mkdirSync(pinFolder(), { recursive: true })
}

/** The link that an earlier process pinned, with our program on it; undefined when there is none that still holds. */
function adopted(program: LoadedProgram, path: string, mode: ProgramMode): ProgramLink | undefined {
  if (!existsSync(path)) return undefined
  const link = OPEN_PINNED[mode](path)
  try {
    link?.replace(program)
    return link
  } catch (error) {
    if (!(error instanceof TidegateError)) throw error
    // The interface went away and came back: the link is of the one that is gone.
    link?.close()
    rmSync(path, { force: true })
    return undefined
  }
}
