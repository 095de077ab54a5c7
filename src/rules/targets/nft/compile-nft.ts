import { type AddressRanges, formatIp, unpackRanges } from '#wire'
import { asAddressLists } from '../address-facts.ts'
import type { Expression } from '../../expression.ts'
import { fieldsOf, listsOf } from '../../tree.ts'
import { checkPacketExpression } from '../packet-check.ts'
import { packetFieldOf } from '../packet-fields.ts'
import { asksForHook, NO_HOOK, type PacketDirection, withoutHooks } from '../packet-hook.ts'
import { refusable, type TargetRefusal } from '../refusal.ts'
import { ChainWriter } from './chain-writer.ts'
import { fold, type Folded } from './folded.ts'
import type { NftLists } from './list-ways.ts'
import { conjunctionOf, conjunctsOf, type IndexEntry, indexEntries, type IndexNode } from './rule-index.ts'
import { FAMILIES, LATER_FRAGMENT, type Shape, shapesOf } from './shape.ts'

/** A rule, and what nftables does with the packets that it is true for. */
export interface NftRule {
  readonly when: Expression
  /** Statements for the packets of a shape, one rule of nftables a line, such as `counter drop`. */
  readonly lines: (shape: Shape) => readonly string[]
}

/** Chains for a table of the families netdev or inet, in the order in which they must be declared. */
export interface NftChains {
  readonly ok: true
  /** The chain that a base chain jumps to. */
  readonly entry: string
  readonly chains: ReadonlyMap<string, readonly string[]>
}

/**
 * Compiles ordered rules to chains. Each rule is asked for every packet, in order, until its statements end with a verdict;
 * so those of a rule run at most once for a packet. `lists` names the sets of the named lists, and all chains begin with
 * `prefix`. At ingress nftables sees one VLAN tag, of IPv6 any number of extension headers, and of several fragment headers
 * the last one; else it reads what `Packet` shows in its outer view. Behind the hooks of IP, in the family inet, packets end
 * where IP says: headers that stand behind that are cut off there, and `frame.len` does not count padding.
 * What asks for interfaces and directions has been through `atInterfaces`; `direction` says which way the packets go.
 */
export function compileNftRules(
  rules: readonly NftRule[],
  lists: NftLists,
  prefix: string = '',
  direction: PacketDirection = 'in',
): NftChains | (TargetRefusal & { readonly rule: number }) {
  const program = new NftProgram(rules, lists, prefix, direction)
  const result = refusable(() => program.write())
  return result.ok ? result : { ...result, rule: program.rule }
}

/** Why nftables cannot ask an expression; undefined when it can. */
export function checkNft(expression: Expression): TargetRefusal | undefined {
  const own = asAddressLists(withoutHooks(expression)).expression
  const lists: NftLists = new Map([...listsOf(own)].map((list) => [list, { ipv4: 'list', ipv6: 'list' }]))
  const result = compileNftRules([{ when: own, lines: () => ['drop'] }], lists)
  return result.ok ? undefined : result
}

class NftProgram {
  /** The rule that is written now: when it is refused, the caller wants to know which one it was. */
  rule = 0
  readonly #rules: readonly NftRule[]
  readonly #lists: NftLists
  readonly #prefix: string
  readonly #direction: PacketDirection
  readonly #chains = new Map<string, readonly string[]>()
  /** Chains by what stands in them. */
  readonly #named = new Map<string, string>()

  constructor(rules: readonly NftRule[], lists: NftLists, prefix: string, direction: PacketDirection) {
    this.#rules = rules
    this.#lists = lists
    this.#prefix = prefix
    this.#direction = direction
  }

  /** @throws Refusal */
  write(): NftChains {
    for (const [index, { when }] of this.#rules.entries()) {
      this.rule = index
      checkPacketExpression(when)
    }
    const entry: string[] = []
    for (const { family, matches } of FAMILIES) {
      const first = this.#family(family)
      entry.push(`${matches} ${first === undefined ? 'return' : `goto ${first}`}`)
    }
    const none = this.#shape(shapesOf('none', this.#direction)[0])
    if (none !== undefined) entry.push(`goto ${none}`)
    while (entry.at(-1)?.endsWith(' return')) entry.pop()
    this.#chains.set(`${this.#prefix}packets`, entry)
    return { ok: true, entry: `${this.#prefix}packets`, chains: this.#chains }
  }

  /** Leads each packet of a family to the rules of its shape. */
  #family(family: (typeof FAMILIES)[number]['family']): string | undefined {
    const lines = shapesOf(family, this.#direction).map((shape) => ({ shape, chain: this.#shape(shape) }))
    const rest = lines.at(-1)?.chain
    const dispatch = lines.flatMap(({ shape, chain }) => {
      if (shape.matches === '') return chain === undefined ? [] : [`goto ${chain}`]
      if (chain === rest) return []
      return [`${shape.matches} ${chain === undefined ? 'return' : `goto ${chain}`}`]
    })
    if (dispatch.length === 0) return undefined
    const later =
      family === 'arp' ? [] : [`${LATER_FRAGMENT[family]} ${rest === undefined ? 'return' : `goto ${rest}`}`]
    const name = `${this.#prefix}${family}-packets`
    this.#chains.set(name, [...later, ...dispatch])
    return name
  }

  /** The rules for packets of a shape; shapes with the same rules share them. */
  #shape(shape: Shape): string | undefined {
    const known = new Map<Expression, Folded>()
    const folded = (when: Expression): Folded => {
      const before = known.get(when)
      if (before !== undefined) return before
      const now = fold(when, shape, this.#lists)
      known.set(when, now)
      return now
    }
    const entries = this.#rules.flatMap(({ when }, rule): IndexEntry[] => {
      this.rule = rule
      return folded(when) === false ? [] : [{ rule, conjuncts: conjunctsOf(when, shape) }]
    })
    if (entries.length === 0) return undefined
    return this.#node(indexEntries(entries), shape, shape.name, folded)
  }

  /** Writes what rules are asked in a place of the index, and gives the name of its chain. */
  #node(node: IndexNode, shape: Shape, name: string, folded: (when: Expression) => Folded): string {
    const lines: string[] = []
    if (node.split !== undefined) {
      const { key, parts } = node.split
      const elements = parts.map(({ ranges, node: part }, index) => {
        const chain = this.#node(part, shape, `${name}/${index}`, folded)
        return ranges.map((range) => `${range} : goto ${chain}`).join(', ')
      })
      lines.push(`${key} vmap { ${elements.join(', ')} }`)
    }
    for (const { rule, conjuncts } of node.entries) {
      this.rule = rule
      lines.push(...this.#entry(rule, conjunctionOf(this.#rules[rule].when, conjuncts), shape, folded))
    }
    return this.#chain(name, lines)
  }

  #entry(rule: number, when: Expression | undefined, shape: Shape, folded: (when: Expression) => Folded): string[] {
    const target = this.#chain(`rule-${rule}`, this.#rules[rule].lines(shape))
    const condition = when === undefined ? true : folded(when)
    if (condition === false) return []
    if (condition === true) return [`jump ${target}`]
    if (condition.kind === 'Ways' && condition.ways.length === 1) return [`${condition.ways[0]} jump ${target}`]
    const key = JSON.stringify([target, condition])
    let test = this.#named.get(key)
    if (test === undefined) {
      const name = this.#free(`test-${rule}-${shape.name}`)
      const writer = new ChainWriter(name, this.#rules[rule].when.span)
      test = writer.write(condition, `goto ${target}`)
      for (const [chain, lines] of [...writer.chains].reverse()) this.#chains.set(chain, lines)
      this.#named.set(key, test)
    }
    return [`jump ${test}`]
  }

  /** The chain that holds these lines, by this name unless another one has it. */
  #chain(wanted: string, lines: readonly string[]): string {
    const key = lines.join('\n')
    const known = this.#named.get(key)
    if (known !== undefined) return known
    const name = this.#free(wanted)
    this.#named.set(key, name)
    this.#chains.set(name, lines)
    return name
  }

  #free(wanted: string): string {
    let name = `${this.#prefix}${wanted}`
    for (let number = 2; this.#chains.has(name) || this.#chains.has(`${name}-0`); number++) {
      name = `${this.#prefix}${wanted}.${number}`
    }
    return name
  }
}

/** Chains as they stand within a table. */
export function nftChainsText(chains: ReadonlyMap<string, readonly string[]>): string {
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
  if (asksForHook(expression)) return { ok: false, reason: NO_HOOK, span: expression.span }
  const names = [...listsOf(expression)]
  const lists: NftLists = new Map(names.map((name) => [name, { ipv4: `${name}-ipv4`, ipv6: `${name}-ipv6` }]))
  const compiled = compileNftRules([{ when: expression, lines: () => ['counter drop'] }], lists)
  if (!compiled.ok) return compiled
  const sets = names.flatMap((name) => {
    const ranges = addresses.get(name)
    const elements = ranges === undefined ? { ipv4: [], ipv6: [] } : nftSetElements(ranges)
    return [setText(`${name}-ipv4`, 'ipv4_addr', elements.ipv4), setText(`${name}-ipv6`, 'ipv6_addr', elements.ipv6)]
  })
  const isTracked = [...fieldsOf(expression)].some((field) => packetFieldOf(field)?.notInBpf !== undefined)
  const { family, lines } = isTracked ? behindTracking(device) : atIngress(device)
  const hook = [`chain ${isTracked ? 'prerouting' : 'ingress'} {`, ...lines, `  jump ${compiled.entry}`, '}'].join('\n')
  const body = [...sets, nftChainsText(compiled.chains), hook].join('\n').replaceAll(/^/gm, '  ')
  return { ok: true, text: `table ${family} tidegate {\n${body}\n}` }
}

interface Hook {
  readonly family: string
  readonly lines: readonly string[]
}

function atIngress(device: string): Hook {
  const hook = `  type filter hook ingress device "${device}" priority -500; policy accept;`
  return { family: 'netdev', lines: [hook] }
}

/** The state of connections is known there. */
function behindTracking(device: string): Hook {
  const hook = '  type filter hook prerouting priority -150; policy accept;'
  return { family: 'inet', lines: [hook, `  iifname != "${device}" accept`] }
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
