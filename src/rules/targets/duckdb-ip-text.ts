import { isIpv4, once } from './duckdb-text.ts'

const GROUP_SHIFTS = [112, 96, 80, 64, 48, 32, 16, 0] as const
const OCTET_SHIFTS = [24, 16, 8, 0] as const
const LONGEST_FIRST = [8, 7, 6, 5, 4, 3, 2] as const

/** The canonical text of an address: dotted for IPv4, RFC 5952 for IPv6. */
export function addressText(sql: string): string {
  return once(sql, (address) => `CASE WHEN ${isIpv4(address)} THEN ${dotted(address)} ELSE ${compressed(address)} END`)
}

function dotted(address: string): string {
  return `(${OCTET_SHIFTS.map((shift) => `CAST((${address} >> ${shift}) & 255 AS VARCHAR)`).join(` || '.' || `)})`
}

/** All eight groups between colons; the leftmost of the longest runs of zero groups becomes `::`. */
function compressed(address: string): string {
  const groups = GROUP_SHIFTS.map((shift) => `format('{:x}', CAST((${address} >> ${shift}) & 65535 AS BIGINT))`)
  const runs = LONGEST_FIRST.map((length) => `':${'0:'.repeat(length)}'`).join(', ')
  return once(
    `(':' || ${groups.join(` || ':' || `)} || ':')`,
    (text) =>
      `CASE WHEN contains(${text}, ':0:0:') THEN ${joined(text, longestRun(text, runs))} ELSE trim(${text}, ':') END`,
  )
}

function longestRun(text: string, runs: string): string {
  return `list_extract(list_filter([${runs}], lambda run: contains(${text}, run)), 1)`
}

function joined(text: string, run: string): string {
  const around = (found: string): string =>
    `trim(substring(${text}, 1, strpos(${text}, ${found}) - 1), ':') || '::' || ` +
    `trim(substring(${text}, strpos(${text}, ${found}) + length(${found})), ':')`
  return `list_extract(list_transform([${run}], lambda zeros: ${around('zeros')}), 1)`
}
