import type { CallNode, Operand } from '../expression.ts'
import { packetFieldOf } from './packet-fields.ts'
import { Refusal } from './refusal.ts'

/** Bytes of a field from `start` up to, not including, `end`, or as far as the field has them. */
export interface ByteSlice {
  readonly field: string
  readonly start: number
  /** Infinity for all that follows. */
  readonly end: number
}

/** How far into a field the kernel's programs look: nftables counts offsets in one byte. */
const OFFSET_LIMIT_BYTES = 255

/** The slice that `l4.payload`, or `substring(l4.payload, 4, 8)`, names. @throws Refusal */
export function sliceOf(operand: Operand): ByteSlice {
  if (operand.kind === 'Field') {
    if (packetFieldOf(operand.name)?.kind === 'bytes') return { field: operand.name, start: 0, end: Infinity }
    throw new Refusal(`\`${operand.name}\` is not compared as bytes of a packet`, operand.span)
  }
  if (operand.kind !== 'Call' || operand.name !== 'substring') {
    const what = operand.kind === 'Call' ? `${operand.name}()` : 'this value'
    throw new Refusal(`${what} is not computed for a packet`, operand.span)
  }
  const [source, start, end] = operand.arguments as readonly Operand[]
  const inner = sliceOf(source)
  const first = inner.start + position(start)
  const last = end === undefined ? inner.end : Math.min(inner.end, inner.start + position(end))
  if (first > OFFSET_LIMIT_BYTES) throw new Refusal(`packets are read up to byte ${OFFSET_LIMIT_BYTES}`, operand.span)
  return { field: inner.field, start: first, end: Math.max(first, last) }
}

function position(operand: Operand): number {
  if (operand.kind === 'Literal' && Number(operand.value) >= 0) return Number(operand.value)
  throw new Refusal('positions in a packet are constant, and count from its first byte', operand.span)
}

/** What `bit_slice(...)` reads: bits from `first` up to, not including, `end`, counted from the start of the slice. @throws Refusal */
export function bitsOf(call: CallNode): { readonly slice: ByteSlice; readonly first: number; readonly end: number } {
  const [source, first, end] = call.arguments as readonly Operand[]
  return { slice: sliceOf(source), first: position(first), end: position(end) }
}
