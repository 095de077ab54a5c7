import { HTTP_PHASES, type SkipAction } from '#decide'
import { z } from 'zod'
import { type ActionDefinition, problem } from './definition.ts'

const SCHEMA = z.strictObject({
  phases: z.array(z.string()).optional(),
  rules: z.array(z.string().min(1)).optional(),
  rest: z.boolean().optional(),
})

const ORDER: readonly string[] = HTTP_PHASES

export const SKIP: ActionDefinition<SkipAction, typeof SCHEMA> = {
  name: 'skip',
  help: 'Leaves out what would come later: whole `phases`, `rules` by id in any phase, or the `rest` of this ruleset. At least one of the three.',
  phases: HTTP_PHASES,
  terminating: false,
  schema: SCHEMA,
  examples: [
    'action: { skip: { rest: true } }',
    'action: { skip: { phases: [transform_request], rules: [no-admin] } }',
  ],
  build({ phases = [], rules = [], rest = false }, { phase }) {
    if (phases.length === 0 && rules.length === 0 && !rest) {
      return problem('nothing to skip: write `phases: [...]`, `rules: [...]` or `rest: true`')
    }
    for (const [i, name] of phases.entries()) {
      const at = ORDER.indexOf(name)
      if (at < 0) return problem(`unknown phase "${name}": phases are ${ORDER.join(', ')}`, 'phases', i)
      if (at < ORDER.indexOf(phase)) {
        return problem(`phase ${name} runs before ${phase}: a rule of ${phase} comes too late to skip it`, 'phases', i)
      }
    }
    return { ok: true, action: { type: 'skip', terminating: false, phases, rules, rest } }
  },
}
