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
