import { BpfMap } from '#net'
import type { PlannedMap } from '../program/planned-map.ts'

/** The maps of one program by their names in it. */
export interface MapSet {
  readonly maps: ReadonlyMap<string, BpfMap>
  readonly kept: ReadonlyMap<string, BpfMap>
}

/** Makes the maps that a program plans, and goes on with those that the program before it had. */
export class MapRegistry {
  #kept: ReadonlyMap<string, BpfMap> = new Map()

  /**
   * Makes and fills maps; when one cannot be made, none is. `openLeft` finds what an earlier process left of one.
   *
   * @throws TidegateError ERR_BPF_FAILED
   */
  make(planned: readonly PlannedMap[], openLeft: (map: PlannedMap) => BpfMap | undefined = () => undefined): MapSet {
    const maps = new Map<string, BpfMap>()
    const kept = new Map<string, BpfMap>()
    const made: BpfMap[] = []
    try {
      for (const each of planned) {
        const { spec, keptAs, fill } = each
        const before = keptAs === undefined ? undefined : this.#kept.get(keptAs)
        const left = before === undefined ? openLeft(each) : undefined
        const map = before ?? left ?? BpfMap.create(spec)
        if (before === undefined) made.push(map)
        if (before === undefined && left === undefined) fill?.(map)
        maps.set(spec.name, map)
        if (keptAs !== undefined) kept.set(keptAs, map)
      }
    } catch (error) {
      for (const map of made) map.close()
      throw error
    }
    return { maps, kept }
  }

  /** The contents of a map are others now: later programs take it over under these words, or not at all. */
  keepAs(map: BpfMap, words: string | undefined): void {
    const others = [...this.#kept].filter(([, kept]) => kept !== map)
    this.#kept = new Map(words === undefined ? others : [...others, [words, map]])
  }

  /** Gives back what was made for a program that did not come to run. */
  discard({ maps }: MapSet): void {
    const running = new Set(this.#kept.values())
    for (const map of maps.values()) if (!running.has(map)) map.close()
  }

  /** The program with these maps runs: those that only the one before had are given back. */
  adopt(next: MapSet, before: MapSet | undefined): void {
    const running = new Set(next.maps.values())
    for (const map of before?.maps.values() ?? []) if (!running.has(map)) map.close()
    this.#kept = next.kept
  }
}
