import { existsSync, mkdirSync, readlinkSync, rmSync, statfsSync } from 'node:fs'
import { messageOf, TidegateError } from '#kernel'
import { type LoadedProgram, XdpLink, type XdpMode } from '#net'
import { interfaceIndex } from './interfaces.ts'

const BPFFS = '/sys/fs/bpf'
const PIN_FOLDER = `${BPFFS}/tidegate`
/** Says in which network the thread is that asks. */
const NETWORK = '/proc/thread-self/ns/net'
/** BPF_FS_MAGIC of linux/magic.h. */
const BPFFS_TYPE = 0xcafe_4a11

const MODES: readonly XdpMode[] = ['native', 'generic']

/** Other networks of this machine may see the same folder, and have interfaces of the same names. */
export function pinFolder(): string {
  const [number] = /\d+/.exec(readlinkSync(NETWORK)) ?? ['']
  return `${PIN_FOLDER}/${number}`
}

/** Where the link of an interface is pinned, when its program shall outlive us. */
function pinOf(interfaceName: string, mode: XdpMode): string {
  return `${pinFolder()}/${mode}-${interfaceName}`
}

/** Takes all pins of this network away: what they held goes off when nobody else holds it. */
export function removePins(): void {
  rmSync(pinFolder(), { recursive: true, force: true })
}

/** Our program on one interface. */
export class XdpAttachment {
  readonly interfaceName: string
  readonly mode: XdpMode
  /** Why it is not natively there. */
  readonly note: string | undefined
  /** A program of ours was there before, so that no packet came in unseen. */
  readonly isTakenOver: boolean
  readonly #link: XdpLink

  private constructor(interfaceName: string, mode: XdpMode, link: XdpLink, isTakenOver: boolean, note?: string) {
    this.interfaceName = interfaceName
    this.mode = mode
    this.note = note
    this.isTakenOver = isTakenOver
    this.#link = link
  }

  /**
   * Puts a program on an interface: in place of the one that an earlier process of ours left there, or where there is none;
   * natively, or with a socket buffer for each packet where the driver cannot.
   *
   * @throws TidegateError ERR_BPF_FAILED, also when a program of somebody else is there
   */
  static attach(program: LoadedProgram, interfaceName: string): XdpAttachment {
    for (const mode of MODES) {
      const left = adopted(program, pinOf(interfaceName, mode))
      if (left !== undefined) return new XdpAttachment(interfaceName, mode, left, true)
    }
    const index = interfaceIndex(interfaceName)
    try {
      return new XdpAttachment(interfaceName, 'native', XdpLink.attach(program, index, 'native'), false)
    } catch (error) {
      if (!isUnsupported(error)) throw error
      const note = `${interfaceName}: its driver has no native XDP (${messageOf(error)}): generic XDP costs a socket buffer a packet`
      return new XdpAttachment(interfaceName, 'generic', XdpLink.attach(program, index, 'generic'), false, note)
    }
  }

  /** Every packet meets the program before or this one. @throws TidegateError ERR_BPF_FAILED */
  replace(program: LoadedProgram): void {
    this.#link.replace(program)
  }

  /** Lets the program stay when this process ends, or not. @throws TidegateError ERR_BPF_FAILED without a bpffs */
  keep(isKept: boolean): void {
    const path = pinOf(this.interfaceName, this.mode)
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
function adopted(program: LoadedProgram, path: string): XdpLink | undefined {
  if (!existsSync(path)) return undefined
  const link = XdpLink.openPinned(path)
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

const UNSUPPORTED: ReadonlySet<unknown> = new Set(['ENOTSUP', 'EINVAL', 'ERANGE'])

function isUnsupported(error: unknown): boolean {
  if (!(error instanceof TidegateError) || typeof error.cause !== 'object' || error.cause === null) return false
  return 'name' in error.cause && UNSUPPORTED.has(error.cause.name)
}
