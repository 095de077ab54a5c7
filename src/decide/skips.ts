import type { SkipAction } from './rule.ts'

/** What matched skip rules switched off for one request. Immutable: requests share the empty one. */
export class Skips {
  readonly phases: ReadonlySet<string>
  readonly rules: ReadonlySet<string>

  constructor(phases: ReadonlySet<string>, rules: ReadonlySet<string>) {
    this.phases = phases
    this.rules = rules
  }

  /** These skips and those of `action`. */
  plus(action: SkipAction): Skips {
    return new Skips(new Set([...this.phases, ...action.phases]), new Set([...this.rules, ...action.rules]))
  }
}

export const NO_SKIPS = new Skips(new Set(), new Set())

/** What either of two evaluations switched off. The later one usually began with what the earlier had. */
export function joinSkips(earlier: Skips | undefined, later: Skips | undefined): Skips | undefined {
  if (earlier === undefined || later === undefined || earlier === later) return later ?? earlier
  return new Skips(new Set([...earlier.phases, ...later.phases]), new Set([...earlier.rules, ...later.rules]))
}
