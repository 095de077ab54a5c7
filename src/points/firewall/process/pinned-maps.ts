import { existsSync, readdirSync, rmSync } from 'node:fs'
import { BpfMap, type MapSpec } from '#net'
import type { PlannedMap } from '../program/planned-map.ts'
import type { MapSet } from './map-registry.ts'
import { openPinFolder, pinFolder } from './program-attachment.ts'

/** Links are pinned in the same folder. */
const PREFIX = 'map-'

/** One of another version may have maps of other sizes under the same name. */
function pinOf({ name, keyBytes, valueBytes, entries }: MapSpec): string {
  return `${PREFIX}${name.replaceAll(' ', '-')}-${keyBytes}-${valueBytes}-${entries}`
}

/** The map that an earlier process of ours left; undefined when there is none. @throws TidegateError ERR_BPF_FAILED */
export function openLeftMap({ spec, outlivesUs }: PlannedMap): BpfMap | undefined {
  return outlivesUs === true ? BpfMap.openPinned(`${pinFolder()}/${pinOf(spec)}`, spec) : undefined
}

/** Lets maps stay when this process ends, as far as they are meant to; no others. @throws TidegateError ERR_BPF_FAILED */
export function pinMaps(planned: readonly PlannedMap[], { maps }: MapSet): void {
  const pins = new Map<string, BpfMap>()
  for (const { spec, outlivesUs } of planned) {
    const map = maps.get(spec.name)
    if (outlivesUs === true && map !== undefined) pins.set(pinOf(spec), map)
  }
  unpinMaps(new Set(pins.keys()))
  for (const [name, map] of pins) {
    openPinFolder()
    if (!existsSync(`${pinFolder()}/${name}`)) map.pin(`${pinFolder()}/${name}`)
  }
}

/** Takes the pins of maps away, but for those of some names. */
export function unpinMaps(kept: ReadonlySet<string> = new Set()): void {
  const folder = pinFolder()
  if (!existsSync(folder)) return
  for (const name of readdirSync(folder)) {
    if (name.startsWith(PREFIX) && !kept.has(name)) rmSync(`${folder}/${name}`, { force: true })
  }
}
