import { applyNft, type BpfMap, listNft, loadProgram, type LoadedProgram, receiveFrames, XdpLink } from '#net'
import { compileNftRules, type Expression, nftChainsText, type NftLists, nftSetElements } from '#rules'
import { type AddressRanges, BpfAssembler, XDP } from '#wire'
import { makeCable } from '../../../src/net/bpf/testing/own-network.ts'

/** Verdicts are bits of the mark of a packet. */
export const RULE_LIMIT = 32

const SOURCE_AT = 6

/** Judges frames by expressions in nftables: they come in through an interface, and a map notes the verdicts of each. */
export class NftJudge {
  readonly #device: string
  readonly #index: number
  readonly #injector: LoadedProgram

  /** In a network of its own; see `enterOwnNetwork`. */
  constructor(device: string) {
    this.#device = device
    this.#index = makeCable(`${device}-peer`, device)[1]
    this.#injector = loadProgram(
      new BpfAssembler().mov('r0', XDP.pass).exit().build(),
      new Map<string, BpfMap>(),
      'inject',
    )
    // A veth takes frames of a test run only when it has a program.
    XdpLink.attach(this.#injector, this.#index, 'native')
  }

  /**
   * For each frame, whose source address says its number, the verdicts; undefined for a frame that the kernel threw away
   * before nftables saw it.
   */
  judge(
    frames: readonly Buffer[],
    expressions: readonly Expression[],
    addresses: AddressRanges,
  ): (readonly boolean[] | undefined)[] {
    applyNft(script(this.#device, expressions, addresses))
    for (const frame of frames) receiveFrames(this.#injector, frame, this.#index)
    const listed = listNft(['map', 'netdev', 'judge', 'verdicts'])
    const verdicts = listed.find((each) => 'map' in each)?.['map'] as { elem?: readonly unknown[] } | undefined
    const marks = new Map((verdicts?.elem ?? []).map(markOf))
    applyNft('delete table netdev judge')
    return frames.map((frame) => {
      const mark = marks.get(numberOf(frame))
      return mark === undefined ? undefined : expressions.map((_, index) => ((mark >>> index) & 1) === 1)
    })
  }
}

/** Writes the number of a frame where its source address is. */
export function numbered(frame: Buffer, number: number): Buffer {
  const copy = Buffer.from(frame)
  copy.writeUInt16BE(0x0200, SOURCE_AT)
  copy.writeUInt32BE(number, SOURCE_AT + 2)
  return copy
}

function numberOf(frame: Buffer): number {
  return frame.readUInt32BE(SOURCE_AT + 2)
}

function markOf(element: unknown): readonly [number: number, mark: number] {
  const [key, mark] = element as [string | { elem: { val: string } }, number]
  const text = typeof key === 'string' ? key : key.elem.val
  return [Number(`0x${text.replaceAll(':', '').slice(4)}`), mark]
}

function script(device: string, expressions: readonly Expression[], addresses: AddressRanges): string {
  const lists: NftLists = new Map([['addresses', { ipv4: 'list4', ipv6: 'list6' }]])
  const rules = expressions.map((when, index) => ({ when, lines: () => [`meta mark set meta mark | ${2 ** index}`] }))
  const compiled = compileNftRules(rules, lists)
  if (!compiled.ok) throw new Error(`rule ${compiled.rule}: ${compiled.reason}`)
  const { ipv4, ipv6 } = nftSetElements(addresses)
  return `table netdev judge {
  set list4 { type ipv4_addr; flags interval; elements = { ${ipv4.join(', ')} }; }
  set list6 { type ipv6_addr; flags interval; elements = { ${ipv6.join(', ')} }; }
  map verdicts { type ether_addr : mark; size 200000; flags dynamic; }
  ${nftChainsText(compiled.chains)}
  chain ingress {
    type filter hook ingress device "${device}" priority 0; policy accept;
    meta mark set 0
    jump ${compiled.entry}
    update @verdicts { ether saddr : meta mark }
    drop
  }
}
`
}
