/** From this part of the spool's budget on, allowed events are sampled. */
const SAMPLING_FILL = 0.5

/** Share of the allowed events to keep at each tenth of the budget above `SAMPLING_FILL`. */
const KEPT_SHARES = [1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 64] as const

/** Probability of keeping an allowed event while the spool holds `fill` of its budget. */
export function keptShare(fill: number): number {
  if (fill < SAMPLING_FILL) return 1
  return KEPT_SHARES[Math.min(Math.floor((fill - SAMPLING_FILL) * 10), KEPT_SHARES.length - 1)]
}

/**
 * True for a share `probability` of all ids, and for every point the same: what belongs together is kept together.
 * FNV-1a with a final mix, since ids that follow each other differ in few characters.
 */
export function keeps(id: string, probability: number): boolean {
  let hash = 0x811c9dc5
  for (let at = 0; at < id.length; at++) hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32 < probability
}
