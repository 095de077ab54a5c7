import { SCOPE_ENTERPRISE, type Template, TEMPLATE_FIELD_LIMIT, type TemplateField } from './template.ts'

/** How templates are written: NetFlow version 9 and IPFIX differ in their options templates and in enterprise numbers. */
export type TemplateKind = 'netflow9' | 'netflow9Options' | 'ipfix' | 'ipfixOptions'

/** A template without fields takes the one of that number back. */
export interface Withdrawal {
  readonly withdrawn: number
  readonly isOptions: boolean
}

const ENTERPRISE_BIT = 0x8000
/** Numbers below are those of sets. */
const FIRST_TEMPLATE_ID = 256

/**
 * Reads the templates of one set (RFC 3954 sections 5.2 and 6.1, RFC 7011 section 3.4). False when the set is damaged; the
 * templates before the damage have been visited.
 */
export function readTemplateSet(
  kind: TemplateKind,
  bytes: Buffer,
  start: number,
  end: number,
  visit: (template: Template | Withdrawal) => void,
): boolean {
  const isOptions = kind === 'netflow9Options' || kind === 'ipfixOptions'
  const headBytes = isOptions ? 6 : 4
  let at = start
  while (at + 4 <= end) {
    const id = bytes.readUInt16BE(at)
    // Padding.
    if (id === 0) return true
    const count = bytes.readUInt16BE(at + 2)
    if (kind.startsWith('ipfix') && count === 0) {
      visit({ withdrawn: id, isOptions })
      at += 4
      continue
    }
    if (id < FIRST_TEMPLATE_ID || at + headBytes > end) return false
    const fieldCount = kind === 'netflow9Options' ? (count + bytes.readUInt16BE(at + 4)) / 4 : count
    const read = readFields(kind, bytes, at + headBytes, end, fieldCount)
    if (read === undefined) return false
    // Scopes of version 9 have numbers of their own.
    const scopes = kind === 'netflow9Options' ? count / 4 : 0
    const fields = read.fields.map((field, index) =>
      index < scopes ? { ...field, enterprise: SCOPE_ENTERPRISE } : field,
    )
    visit({ id, isOptions, fields })
    at = read.end
  }
  return true
}

interface ReadFields {
  readonly fields: readonly TemplateField[]
  readonly end: number
}

function readFields(
  kind: TemplateKind,
  bytes: Buffer,
  start: number,
  end: number,
  count: number,
): ReadFields | undefined {
  if (!Number.isInteger(count) || count === 0 || count > TEMPLATE_FIELD_LIMIT) return undefined
  const hasEnterprises = kind.startsWith('ipfix')
  const fields: TemplateField[] = []
  let at = start
  let recordBytes = 0
  for (let index = 0; index < count; index++) {
    if (at + 4 > end) return undefined
    const word = bytes.readUInt16BE(at)
    const lengthBytes = bytes.readUInt16BE(at + 2)
    at += 4
    const isEnterprise = hasEnterprises && (word & ENTERPRISE_BIT) !== 0
    if (isEnterprise && at + 4 > end) return undefined
    const enterprise = isEnterprise ? bytes.readUInt32BE(at) : 0
    if (isEnterprise) at += 4
    recordBytes += lengthBytes
    fields.push({ element: isEnterprise ? word & ~ENTERPRISE_BIT : word, enterprise, lengthBytes })
  }
  // A record of no bytes would fill a set for ever.
  return recordBytes === 0 ? undefined : { fields, end: at }
}
