import { type AddressRanges, formatIp, unpackRanges } from '#wire'
import type { Expression } from '../../expression.ts'
import { listsOf } from '../../tree.ts'
import { checkPacketExpression } from '../packet-check.ts'
import { refusable, type TargetRefusal } from '../refusal.ts'
import { ChainWriter } from './chain-writer.ts'
import { fold } from './folded.ts'
import type { NftLists } from './leaf-matches.ts'
import { FAMILIES, LATER_FRAGMENT, type Shape, shapesOf } from './shape.ts'

/** A rule, and what nftables does with the packets that it is true for: statements such as `counter drop`. */
export interface NftRule {
  readonly when: Expression
  readonly statements: string
}

/** Chains for a table of the families netdev or inet, in the order in which they must be declared. */
export interface NftChains {
  readonly ok: true
  /** The chain that a base chain jumps to. */
  readonly entry: string
  readonly text: string
}

const FAMILY_ORDER = ['none', 'arp', 'ipv6', 'ipv4'] as const

/**
 * Compiles ordered rules to chains. Each rule is asked for every packet, in order, until its statements end with a verdict;
 * so those of a rule run at most once for a packet. `lists` names the sets of the named lists. At ingress nftables sees one
 * VLAN tag, of IPv6 any number of extension headers, and of several fragment headers the last one; else it reads what
 * `Packet` shows in its outer view. Behind the hooks of IP, in the family inet, packets end where IP says: headers that stand
 * behind that are cut off there, and `frame.len` does not count padding.
 */
export function compileNftRules(
  rules: readonly NftRule[],
  lists: NftLists,
): NftChains | (TargetRefusal & { readonly rule: number }) {
  let rule = 0
  const result = refusable((): NftChains => {
    const chains = new Map<string, readonly string[]>(
      rules.map(({ statements }, index) => [`rule-${index}`, [statements]]),
    )
    const bodies = new Map<string, string[]>()
    for (rule = 0; rule < rules.length; rule++) writeRule(rules[rule], rule, lists, chains, bodies)
    writeDispatch(chains, bodies)
    return { ok: true, entry: 'packets', text: textOf(chains) }
  })
  return result.ok ? result : { ...result, rule }
}

/** Why nftables cannot ask an expression; undefined when it can. */
export function checkNft(expression: Expression): TargetRefusal | undefined {
  const lists: NftLists = new Map([...listsOf(expression)].map((list) => [list, { ipv4: 'list', ipv6: 'list' }]))
  const result = compileNftRules([{ when: expression, statements: 'drop' }], lists)
  return result.ok ? undefined : result
}

function writeRule(
  { when }: NftRule,
  index: number,
  lists: NftLists,
  chains: Map<string, readonly string[]>,
  bodies: Map<string, string[]>,
): void {
  checkPacketExpression(when)
  const written = new Map<string, string>()
  for (const shape of FAMILY_ORDER.flatMap((family) => shapesOf(family))) {
    const folded = fold(when, shape, lists)
    if (folded === false) continue
    const body = bodies.get(shape.name) ?? []
    bodies.set(shape.name, body)
    if (folded === true) body.push(`jump rule-${index}`)
    else if (folded.kind === 'Ways' && folded.ways.length === 1) body.push(`${folded.ways[0]} jump rule-${index}`)
    else {
      const key = JSON.stringify(folded)
      let test = written.get(key)
      if (test === undefined) {
        const writer = new ChainWriter(`test-${index}-${shape.name}`, when.span)
        test = writer.write(folded, `goto rule-${index}`)
        for (const [name, lines] of [...writer.chains].reverse()) chains.set(name, lines)
        written.set(key, test)
      }
      body.push(`jump ${test}`)
    }
  }
}

/** Leads each packet to the rules of its shape; shapes with the same rules share them. */
function writeDispatch(chains: Map<string, readonly string[]>, bodies: ReadonlyMap<string, readonly string[]>): void {
  const nameOf = new Map<string, string>()
  const chainOf = (shape: Shape): string | undefined => {
    const body = bodies.get(shape.name)
    if (body === undefined) return undefined
    const key = body.join('\n')
    const known = nameOf.get(key)
    if (known !== undefined) return known
    nameOf.set(key, shape.name)
    chains.set(shape.name, body)
    return shape.name
  }
  const entry: string[] = []
  for (const { family, matches } of FAMILIES) {
    const lines = shapesOf(family).map((shape) => ({ shape, chain: chainOf(shape) }))
    const rest = lines.at(-1)?.chain
    const dispatch = lines.flatMap(({ shape, chain }) => {
      if (shape.matches === '') return chain === undefined ? [] : [`goto ${chain}`]
      if (chain === rest) return []
      return [`${shape.matches} ${chain === undefined ? 'return' : `goto ${chain}`}`]
    })
    const isDivided = family !== 'arp' && dispatch.length > 0
    const later = isDivided ? [`${LATER_FRAGMENT[family]} ${rest === undefined ? 'return' : `goto ${rest}`}`] : []
    if (dispatch.length > 0) chains.set(`${family}-packets`, [...later, ...dispatch])
    entry.push(`${matches} ${dispatch.length > 0 ? `goto ${family}-packets` : 'return'}`)
  }
  const none = chainOf(shapesOf('none')[0])
  if (none !== undefined) entry.push(`goto ${none}`)
  while (entry.at(-1)?.endsWith(' return')) entry.pop()
  chains.set('packets', entry)
}

function textOf(chains: ReadonlyMap<string, readonly string[]>): string {
  return Array.from(chains, ([name, lines]) =>
    [`chain ${name} {`, ...lines.map((line) => `  ${line}`), '}'].join('\n'),
  ).join('\n')
}

/**
 * A script of its own for one expression: a table that drops, at the ingress of a device, the packets for which the
 * expression is true. `addresses` holds the named lists.
 */
export function compileNft(
  expression: Expression,
  device: string,
  addresses: ReadonlyMap<string, AddressRanges>,
): NftScript | TargetRefusal {
  const names = [...listsOf(expression)]
  const lists: NftLists = new Map(names.map((name) => [name, { ipv4: `${name}-ipv4`, ipv6: `${name}-ipv6` }]))
  const compiled = compileNftRules([{ when: expression, statements: 'counter drop' }], lists)
  if (!compiled.ok) return compiled
  const sets = names.flatMap((name) => {
    const ranges = addresses.get(name)
    const elements = ranges === undefined ? { ipv4: [], ipv6: [] } : nftSetElements(ranges)
    return [setText(`${name}-ipv4`, 'ipv4_addr', elements.ipv4), setText(`${name}-ipv6`, 'ipv6_addr', elements.ipv6)]
  })
  const hook = [
    'chain ingress {',
    `  type filter hook ingress device "${device}" priority -500; policy accept;`,
    `  jump ${compiled.entry}`,
    '}',
  ].join('\n')
  const body = [...sets, compiled.text, hook].join('\n').replaceAll(/^/gm, '  ')
  return { ok: true, text: `table netdev tidegate {\n${body}\n}` }
}

/** A script for `nft -f`. */
export interface NftScript {
  readonly ok: true
  readonly text: string
}

function setText(name: string, type: string, elements: readonly string[]): string {
  const members = elements.length === 0 ? '' : ` elements = { ${elements.join(', ')} };`
  return `set ${name} { type ${type}; flags interval;${members} }`
}

/** The elements of the two sets of a list of addresses, IPv4 mapped among those of IPv6. */
export function nftSetElements(ranges: AddressRanges): { readonly ipv4: string[]; readonly ipv6: string[] } {
  const ipv4: string[] = []
  const ipv6: string[] = []
  for (const { first, last } of unpackRanges(ranges)) {
    if (typeof first === 'number') {
      ipv4.push(rangeText(formatIp(first), formatIp(last)))
      ipv6.push(rangeText(`::ffff:${formatIp(first)}`, `::ffff:${formatIp(last)}`))
    } else {
      ipv6.push(...ipv6Ranges(first, BigInt(last)))
    }
  }
  return { ipv4, ipv6 }
}

const MAPPED = { first: 0xffff_0000_0000n, last: 0xffff_ffff_ffffn }

/** A range of IPv6 holds no IPv4 address. */
function ipv6Ranges(first: bigint, last: bigint): string[] {
  if (first > MAPPED.last || last < MAPPED.first) return [rangeText(formatIp(first), formatIp(last))]
  const below = first < MAPPED.first ? [rangeText(formatIp(first), formatIp(MAPPED.first - 1n))] : []
  const above = last > MAPPED.last ? [rangeText(formatIp(MAPPED.last + 1n), formatIp(last))] : []
  return [...below, ...above]
}

function rangeText(first: string, last: string): string {
  return first === last ? first : `${first}-${last}`
}
