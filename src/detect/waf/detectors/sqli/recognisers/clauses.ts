import { keyword } from '../keywords.ts'
import { afterCloses, afterComparison, Operand } from '../operand.ts'
import type { Scan } from '../scan.ts'
import { Kind } from '../token-kind.ts'

const OUTFILE = keyword('outfile')
const DUMPFILE = keyword('dumpfile')

/** `order by 10`, `group by id having 1=1`. */
export function recogniseOrder(scan: Scan, at: number): void {
  const { stream } = scan
  if (stream.kind(at + 1) !== Kind.by) return
  let next = at + 2
  while (stream.kind(next) === Kind.number && stream.kind(next + 1) === Kind.comma) next += 2
  const probes = stream.kind(next) === Kind.number
  if (probes) {
    const end = stream.kind(next + 1) === Kind.direction ? next + 2 : next + 1
    const follows = scan.afterQuote(at) || stream.kind(at - 1) === Kind.number || stream.kind(at - 1) === Kind.close
    const ends = stream.kind(end) === Kind.end || stream.kind(end) === Kind.comment
    if (follows && ends) scan.report('order-by-number', at, end)
  }
  recogniseTail(scan, at)
}

/** `having 1=1` */
export function recogniseHaving(scan: Scan, at: number): void {
  const { stream, operand } = scan
  if (operand.readLoose(stream, at + 1)) {
    const left = operand.bits
    const operator = afterComparison(stream, afterCloses(stream, operand.end))
    if (operator > 0 && operand.readLoose(stream, operator)) {
      const named = ((left | operand.bits) & (Operand.name | Operand.otherCall)) !== 0
      if (!named) scan.report('boolean-constants', at, operand.end)
    }
  }
  recogniseTail(scan, at)
}

/** A clause after the quote that the value breaks out of, with a comment that ends the statement. */
export function recogniseTail(scan: Scan, at: number): void {
  if (!scan.afterQuote(at)) return
  const { stream } = scan
  const last = stream.count - 1
  if (last - at <= 16 && scan.isTerminator(last)) scan.report('clause-comment', at, last)
}

/** `into outfile '/path'` */
export function recogniseInto(scan: Scan, at: number): void {
  const { stream } = scan
  const target = stream.keyword(at + 1)
  if (target !== OUTFILE && target !== DUMPFILE) return
  const file = stream.kind(at + 2)
  if (file === Kind.string || file === Kind.openString || file === Kind.number || file === Kind.variable) {
    scan.reportAnyhow('into-file', at, at + 3)
  }
}

/** `procedure analyse(...)` */
export function recogniseProcedure(scan: Scan, at: number): void {
  const { stream } = scan
  const word = stream.text.slice(stream.starts[at + 1], stream.starts[at + 1] + 7).toLowerCase()
  if (stream.kind(at + 1) !== Kind.word || stream.kind(at + 2) !== Kind.open || word !== 'analyse') return
  if (scan.operand.read(stream, at + 1)) scan.report('procedure-analyse', at, scan.operand.end)
}
