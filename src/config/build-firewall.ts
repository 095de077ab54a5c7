import type { FloodProfile, FloodThresholds } from '#detect'
import type { FirewallConfig, FloodConfig } from './config.ts'
import type { RawConfig } from './schema/root.ts'

type RawFirewall = NonNullable<RawConfig['firewall']>
type RawFloods = NonNullable<RawFirewall['floods']>

/** The packet filter as its parts read it. */
export function buildFirewall(raw: RawFirewall): FirewallConfig {
  const { confirmWithin, floods, interfaces, ...firewall } = raw
  return {
    ...firewall,
    interfaces: interfaces.map(({ name, directions, protect }) => ({
      name,
      directions,
      protect: protect.map(buildProfile),
    })),
    ...(confirmWithin !== undefined && { confirmWithinMs: confirmWithin }),
    ...(floods !== undefined && { floods: buildFloods(floods) }),
  }
}

export function buildProfile(raw: RawFirewall['interfaces'][number]['protect'][number]): FloodProfile {
  const { prefix, mode, sensitivity, thresholds } = raw
  return {
    prefix,
    ...(mode !== undefined && { mode }),
    ...(sensitivity !== undefined && { sensitivity }),
    ...(thresholds !== undefined && { thresholds: buildThresholds(thresholds) }),
  }
}

function buildFloods({ mode, learn, sensitivity, thresholds }: RawFloods): FloodConfig {
  return { mode, learnMs: learn, sensitivity, thresholds: buildThresholds(thresholds) }
}

export function buildThresholds(raw: RawFloods['thresholds']): FloodThresholds {
  return Object.fromEntries(Object.entries(raw).filter(([, rate]) => rate !== undefined))
}
