import { FAMILY_NUMBERS, NFTABLES, type NftFamily } from './family.ts'
import { attributesOf, FLAG, NetlinkWriter, textOf } from '../netlink/message.ts'
import type { NetlinkSocket } from '../netlink/socket.ts'

/** The names of what is declared in a table. */
export interface TableContents {
  readonly chains: ReadonlySet<string>
  /** Those without a name of their own, which rules hold, are left out. */
  readonly sets: ReadonlySet<string>
  readonly counters: ReadonlySet<string>
  readonly limits: ReadonlySet<string>
}

const MESSAGE = { getTable: 1, deleteTable: 2, getChain: 4, getSet: 10, getObject: 19 } as const
const BATCH_BEGIN = 0x10
const BATCH_END = 0x11

/** Attributes of linux/netfilter/nf_tables.h. */
const TABLE_NAME = 1
const OBJECT = { table: 1, name: 2, kind: 3 } as const
const CHAIN = { table: 1, name: 3 } as const
const SET = { table: 1, name: 2, flags: 3 } as const
const SET_ANONYMOUS = 1
const KIND = { counter: 1, limit: 4 } as const

type Attributes = ReadonlyMap<number, Buffer>

/**
 * What is in a table; undefined when there is no such table. Unlike `nft list`, it does not read the elements of sets.
 *
 * @throws TidegateError ERR_NFTABLES_FAILED
 */
export function tableContents(socket: NetlinkSocket, family: NftFamily, table: string): TableContents | undefined {
  if (!hasTable(socket, family, table)) return undefined
  const named = (message: number, tableAt: number, nameAt: number, isWanted: (each: Attributes) => boolean) =>
    new Set(
      dump(socket, message, family)
        .filter((each) => textAt(each, tableAt) === table && isWanted(each))
        .map((each) => textAt(each, nameAt)),
    )
  const objects = (kind: number): Set<string> =>
    named(MESSAGE.getObject, OBJECT.table, OBJECT.name, (each) => each.get(OBJECT.kind)?.readUInt32BE(0) === kind)
  return {
    chains: named(MESSAGE.getChain, CHAIN.table, CHAIN.name, () => true),
    sets: named(MESSAGE.getSet, SET.table, SET.name, (each) => {
      const flags = each.get(SET.flags)?.readUInt32BE(0) ?? 0
      return (flags & SET_ANONYMOUS) === 0
    }),
    counters: objects(KIND.counter),
    limits: objects(KIND.limit),
  }
}

/** @throws TidegateError ERR_NFTABLES_FAILED */
export function hasTable(socket: NetlinkSocket, family: NftFamily, table: string): boolean {
  return dump(socket, MESSAGE.getTable, family).some((each) => textAt(each, TABLE_NAME) === table)
}

/** Takes a table away with all in it; false when there is none. @throws TidegateError ERR_NFTABLES_FAILED */
export function deleteTable(socket: NetlinkSocket, family: NftFamily, table: string): boolean {
  if (!hasTable(socket, family, table)) return false
  const { sequence } = socket
  const writer = new NetlinkWriter()
  const subsystem = NFTABLES >> 8
  writer.begin(BATCH_BEGIN, FLAG.request, sequence, 0, subsystem).end()
  writer.begin(NFTABLES | MESSAGE.deleteTable, FLAG.request | FLAG.acknowledge, sequence, FAMILY_NUMBERS[family])
  writer.text(TABLE_NAME, table).end()
  writer.begin(BATCH_END, FLAG.request, sequence, 0, subsystem).end()
  socket.ask(`the table ${family} ${table} cannot be deleted`, writer.bytes)
  return true
}

/** All objects of a kind. Their values are copies. */
function dump(socket: NetlinkSocket, message: number, family: NftFamily): Attributes[] {
  const found: Attributes[] = []
  const question = new NetlinkWriter()
  question.begin(NFTABLES | message, FLAG.request | FLAG.dump, socket.sequence, FAMILY_NUMBERS[family]).end()
  socket.ask('the rules of nftables cannot be listed', question.bytes, ({ body }) => {
    found.push(attributesOf(Buffer.from(body)))
  })
  return found
}

function textAt(attributes: Attributes, at: number): string {
  const value = attributes.get(at)
  return value === undefined ? '' : textOf(value)
}
