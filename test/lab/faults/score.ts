import { analyzeCapture } from '#workbench'
import type { MadeCapture } from './make-captures.ts'

/** Shares of the captures with a fault; in clean ones nothing is to be found. */
export const GOALS = { first: 0.85, amongThree: 0.95 } as const

/** How well findings name the faults of a set of captures. */
export interface Score {
  readonly faults: number
  /** The right kind was the first finding. */
  readonly first: number
  /** It was among the first three. */
  readonly amongThree: number
  readonly clean: number
  readonly falseFindings: number
  /** A line for each capture that is not as it should be. */
  readonly misses: readonly string[]
}

export async function scoreCaptures(made: readonly MadeCapture[]): Promise<Score> {
  let [faults, first, amongThree, clean, falseFindings] = [0, 0, 0, 0, 0]
  const misses: string[] = []
  for (const { name, file, expects, point, failure } of made) {
    if (failure !== undefined) continue
    const { findings } = await analyzeCapture(file)
    const kinds = findings.map(({ kind }) => kind)
    if (expects.length === 0) {
      clean++
      falseFindings += kinds.length
      if (kinds.length > 0)
        misses.push(`clean ${name} (${point}): ${findings.map(({ kind, text }) => `${kind}: ${text}`).join(' | ')}`)
      continue
    }
    faults++
    const place = kinds.findIndex((kind) => expects.includes(kind))
    if (place === 0) first++
    if (place >= 0 && place < 3) amongThree++
    if (place !== 0)
      misses.push(`${name} (${point}) expects ${expects.join(' or ')}: ${kinds.slice(0, 4).join(', ') || 'nothing'}`)
  }
  return { faults, first, amongThree, clean, falseFindings, misses }
}
