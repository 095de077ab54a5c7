import type { FirewallConfig } from '#config'
import { hooksOf, usualHook } from '#points'
import type { PacketDirection, PacketHook } from '#rules'
import type { CapturedPacket } from '#wire'

/** What somebody said of where packets pass; it holds whether or not the configuration filters there. */
export interface SaidPlace {
  readonly interface?: string
  readonly direction?: PacketDirection
}

/** Where a traced packet passes; `isFiltered` is false where no rule is asked. */
export interface TracedPlace {
  readonly hook: PacketHook
  readonly isFiltered: boolean
}

/** Says where the packets of a trace pass. */
export class TracePlaces {
  /** All places that `placeOf` may name as filtered. */
  readonly filtered: readonly PacketHook[]
  /** Where packets pass of which nothing says it. */
  readonly usual: PacketHook
  readonly #isSaid: boolean
  readonly #configured: ReadonlySet<string>

  constructor(firewall: FirewallConfig | undefined, said: SaidPlace) {
    const usual = usualHook(firewall)
    this.#isSaid = said.interface !== undefined || said.direction !== undefined
    this.usual = {
      interfaceName: said.interface ?? usual.interfaceName,
      direction: said.direction ?? usual.direction,
    }
    const hooks = firewall === undefined || this.#isSaid ? [] : hooksOf(firewall)
    this.filtered = [this.usual, ...hooks.filter((hook) => !isSame(hook, this.usual))]
    this.#configured = new Set(hooks.map(({ interfaceName }) => interfaceName))
  }

  /**
   * What was said counts first, then what a capture says of an interface that is filtered. A capture of another machine says
   * nothing of this one: its packets come in by the first interface.
   */
  placeOf({ captureInterface, direction = 'in' }: CapturedPacket): TracedPlace {
    const { name } = captureInterface
    if (this.#isSaid || name === undefined || !this.#configured.has(name)) return { hook: this.usual, isFiltered: true }
    const hook = { interfaceName: name, direction }
    const filtered = this.filtered.find((each) => isSame(each, hook))
    return { hook: filtered ?? hook, isFiltered: filtered !== undefined }
  }
}

function isSame(left: PacketHook, right: PacketHook): boolean {
  return left.interfaceName === right.interfaceName && left.direction === right.direction
}
