import type { Collateral } from './contract.ts'

/** The normal distribution's bound for 95 %. */
const BOUND = 1.96

/** What part of the good packets a rule hits, with its interval (Wilson 1927; for none of n "below 3/n", Hanley 1983). */
export function collateralOf(matched: number, of: number, source: Collateral['source']): Collateral {
  if (of === 0) return { matched, of, share: 0, lowest: 0, highest: 1, source }
  const share = matched / of
  if (matched === 0) return { matched, of, share, lowest: 0, highest: Math.min(1, 3 / of), source }
  const square = BOUND * BOUND
  const centre = share + square / (2 * of)
  const spread = BOUND * Math.sqrt((share * (1 - share)) / of + square / (4 * of * of))
  const scale = 1 + square / of
  return {
    matched,
    of,
    share,
    lowest: (centre - spread) / scale,
    highest: Math.min(1, (centre + spread) / scale),
    source,
  }
}
