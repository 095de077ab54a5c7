import { formatCidr, formatIp, type IpAddress, type IpRange, toUint128 } from '#wire'
import type { ComparisonOperator, Member } from '../expression.ts'

/** An address field: Wireshark has one name for each family, and a packet has one of them. */
export interface AddressNames {
  readonly ipv4: string
  readonly ipv6: string
}

type Sign = '<' | '<=' | '>' | '>='

const ORDER: Readonly<Partial<Record<ComparisonOperator, Sign>>> = { lt: '<', le: '<=', gt: '>', ge: '>=' }
const MAPPED_FIRST = toUint128(0)

/** The names of an address field from its IPv4 name. */
export function addressNames(ipv4: string): AddressNames {
  return { ipv4, ipv6: ipv4.replace(/^ip\./, 'ipv6.') }
}

export function addressPresent(names: AddressNames): string {
  return `(${names.ipv4} || ${names.ipv6})`
}

/** The filter that compares an address field with a literal. Addresses of both families stand in one order, IPv4 mapped. */
export function addressComparison(names: AddressNames, operator: ComparisonOperator, literal: IpAddress): string {
  const equal = `${typeof literal === 'number' ? names.ipv4 : names.ipv6} == ${formatIp(literal)}`
  if (operator === 'eq') return equal
  if (operator === 'ne') return `(${addressPresent(names)} && !(${equal}))`
  return addressOrder(names, ORDER[operator] ?? '<', literal)
}

function addressOrder(names: AddressNames, sign: Sign, literal: IpAddress): string {
  if (typeof literal === 'number') {
    const dotted = formatIp(literal)
    return `(${names.ipv4} ${sign} ${dotted} || ${names.ipv6} ${sign} ::ffff:${dotted})`
  }
  const isBelow = sign === '<' || sign === '<='
  const holdsAllIpv4 = isBelow === toUint128(literal) > MAPPED_FIRST
  const ordered = `${names.ipv6} ${sign} ${formatIp(literal)}`
  return holdsAllIpv4 ? `(${names.ipv4} || ${ordered})` : ordered
}

/** The filter that compares two address fields of a packet. */
export function addressFieldsComparison(left: AddressNames, sign: string, right: AddressNames): string {
  return `(${left.ipv4} ${sign} ${right.ipv4} || ${left.ipv6} ${sign} ${right.ipv6})`
}

/** The filter for membership of an address field. */
export function addressMembership(names: AddressNames, members: readonly Member[]): string {
  const elements: Record<keyof AddressNames, string[]> = { ipv4: [], ipv6: [] }
  for (const member of members) {
    if (member.kind === 'IpRange') elements[familyOf(member.range.first)].push(rangeText(member.range))
    else if (member.kind === 'Value') elements[familyOf(member.value)].push(formatIp(member.value as IpAddress))
  }
  const filters = (['ipv4', 'ipv6'] as const)
    .filter((family) => elements[family].length > 0)
    .map((family) => `${names[family]} in {${elements[family].join(', ')}}`)
  return filters.length === 1 ? filters[0] : `(${filters.join(' || ')})`
}

function familyOf(value: string | IpAddress): keyof AddressNames {
  return typeof value === 'number' ? 'ipv4' : 'ipv6'
}

function rangeText(range: IpRange): string {
  const size = BigInt(range.last) - BigInt(range.first) + 1n
  const isPrefix = (size & (size - 1n)) === 0n && BigInt(range.first) % size === 0n
  return isPrefix ? formatCidr(range) : `${formatIp(range.first)}..${formatIp(range.last)}`
}
