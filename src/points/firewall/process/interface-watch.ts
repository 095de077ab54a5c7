import type { FirewallConfig } from '#config'
import { listInterfaces } from '#net'

/** Interfaces that went away, and such that are there again, maybe as others of the same name. */
export interface InterfaceNews {
  readonly gone: readonly string[]
  readonly back: readonly string[]
}

/** Looks after interfaces that come and go, such as those of tunnels and containers: what filters their packets goes with them. */
export class InterfaceWatch {
  #indexes: ReadonlyMap<string, number> = new Map()
  readonly #gone = new Set<string>()

  /** Names that are waited for. */
  get gone(): ReadonlySet<string> {
    return this.#gone
  }

  /** Looks after the interfaces of a configuration from now on; those that are gone are still waited for. */
  follow({ interfaces }: Pick<FirewallConfig, 'interfaces'>): void {
    const names = new Set(interfaces.map(({ name }) => name))
    for (const name of this.#gone) if (!names.has(name)) this.#gone.delete(name)
    this.#indexes = new Map([...indexesNow()].filter(([name]) => names.has(name) && !this.#gone.has(name)))
  }

  /** What changed since the last look. @throws TidegateError ERR_NFTABLES_FAILED */
  look(): InterfaceNews | undefined {
    const now = indexesNow()
    const back = [...this.#gone].filter((name) => now.has(name))
    const kept = new Map([...this.#indexes].filter(([name, index]) => now.get(name) === index))
    const gone = [...this.#indexes.keys()].filter((name) => !kept.has(name))
    if (gone.length + back.length === 0) return undefined
    // One that is there again under another number is gone now, and back with the next look.
    for (const name of back) this.#gone.delete(name)
    for (const name of gone) this.#gone.add(name)
    this.#indexes = kept
    return { gone, back }
  }

  /** The configuration without the interfaces that are gone. */
  present(firewall: FirewallConfig): FirewallConfig {
    if (this.#gone.size === 0) return firewall
    return { ...firewall, interfaces: firewall.interfaces.filter(({ name }) => !this.#gone.has(name)) }
  }
}

function indexesNow(): ReadonlyMap<string, number> {
  return new Map(listInterfaces().map(({ name, index }) => [name, index]))
}
