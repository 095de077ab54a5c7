import { FAMILY_NUMBERS, NFTABLES, type NftFamily } from './family.ts'
import { attributesOf, FLAG, NetlinkWriter, textOf } from '../netlink/message.ts'
import type { NetlinkSocket } from '../netlink/socket.ts'

/** What a named counter counted. Bytes are those from the network header on. */
export interface NftCounter {
  readonly packets: number
  readonly bytes: number
}

const GET_OBJECT = NFTABLES | 19
const COUNTER_KIND = 1

/** Attributes of linux/netfilter/nf_tables.h. */
const OBJECT = { table: 1, name: 2, kind: 3, data: 4 } as const
const COUNTER = { bytes: 1, packets: 2 } as const

/** The named counters of a table; none when there is no such table. @throws TidegateError ERR_NFTABLES_FAILED */
export function readCounters(socket: NetlinkSocket, family: NftFamily, table: string): ReadonlyMap<string, NftCounter> {
  const counters = new Map<string, NftCounter>()
  const question = new NetlinkWriter()
  question.begin(GET_OBJECT, FLAG.request | FLAG.dump, socket.sequence, FAMILY_NUMBERS[family])
  question.text(OBJECT.table, table).number32(OBJECT.kind, COUNTER_KIND).end()
  socket.ask('the counters cannot be read', question.bytes, ({ body }) => {
    const attributes = attributesOf(body)
    const [name, data] = [attributes.get(OBJECT.name), attributes.get(OBJECT.data)]
    if (name === undefined || data === undefined) return
    const values = attributesOf(data, 0)
    counters.set(textOf(name), {
      packets: numberOf(values.get(COUNTER.packets)),
      bytes: numberOf(values.get(COUNTER.bytes)),
    })
  })
  return counters
}

function numberOf(value: Buffer | undefined): number {
  return value === undefined ? 0 : Number(value.readBigUInt64BE(0))
}
