export { VALUE_DETECTORS } from './detector-table.ts'
export { ManagedInspection } from './managed-inspection.ts'
export { createManagedRules, ManagedRules } from './managed-rules.ts'
export { MANAGED_RULES } from './rules/index.ts'
