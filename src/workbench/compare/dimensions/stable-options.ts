const END = 0
const NO_OPERATION = 1

/** Options whose content a sender keeps: TCP maximum segment size, window scale, SACK permitted (RFC 9293, 7323, 2018). */
const STABLE_TCP: ReadonlySet<number> = new Set([2, 3, 4])
/** Of IP: router alert (RFC 2113). */
const STABLE_IP: ReadonlySet<number> = new Set([148])

const STABLE: Readonly<Record<string, ReadonlySet<number>>> = { 'tcp.options': STABLE_TCP, 'ip.options': STABLE_IP }

/** True for a field that holds the options of a header. */
export function isOptions(operand: string): boolean {
  return STABLE[operand] !== undefined
}

/**
 * How many leading bytes of the options say something about the sender: up to, and with the kind and length of, the first
 * that holds a clock, a sequence number, a cookie or a key.
 */
export function stableBytes(operand: string, options: string): number {
  const stable = STABLE[operand]
  let at = 0
  while (at < options.length) {
    const kind = options.charCodeAt(at)
    if (kind === END) return at + 1
    if (kind === NO_OPERATION) {
      at++
      continue
    }
    const length = at + 1 < options.length ? options.charCodeAt(at + 1) : 0
    if (!stable.has(kind) || length < 2) return Math.min(options.length, at + 2)
    at += length
  }
  return options.length
}
