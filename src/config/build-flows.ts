import type { FlowsConfig } from './config.ts'
import { buildProfile, buildThresholds } from './build-firewall.ts'
import type { RawConfig } from './schema/root.ts'

/** The collector of flow exports. */
export function buildFlows({ listeners, exporters, floods }: NonNullable<RawConfig['flows']>): FlowsConfig {
  if (floods === undefined) return { listeners, exporters }
  const { mode, sensitivity, learn, delay, protect, thresholds } = floods
  return {
    listeners,
    exporters,
    floods: {
      mode,
      sensitivity,
      learnMs: learn,
      delayMs: delay,
      thresholds: buildThresholds(thresholds),
      protect: protect.map(buildProfile),
    },
  }
}
