import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { after, test } from 'node:test'
import { enterOwnNetwork } from '../bpf/testing/own-network.ts'
import { bringUp } from '../netlink/index.ts'
import { NetlinkSocket } from '../netlink/socket.ts'
import { readCounters } from './counters.ts'
import { applyNft, listNft } from './nft.ts'
import { PacketLog } from './packet-log.ts'
import { changeElements, fillSet, type NftSet, type SetKeys } from './set-elements.ts'
import { deleteTable, hasTable, tableContents } from './table-contents.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root'

if (skip === false) {
  enterOwnNetwork()
  bringUp('lo')
}

const socket = skip === false ? new NetlinkSocket('netfilter') : undefined
after(() => socket?.close())

const TABLE = `table inet tg {
  set networks { type ipv4_addr; flags interval; }
  set hosts { type ipv4_addr; }
  set short { type ipv4_addr; flags timeout; }
  counter rule/a { }
  limit slow { rate 1/second }
  chain input {
    type filter hook input priority 0; policy accept;
    udp dport 9 counter name rule/a log prefix "seen 1" group 7 snaplen 64 queue-threshold 1
    udp dport { 10, 11 } limit name slow drop
  }
}
`

function setOf(name: string): NftSet {
  return { family: 'inet', table: 'tg', name }
}

function keys(firsts: readonly string[], lasts?: readonly string[]): SetKeys {
  const bytes = (addresses: readonly string[]): Buffer =>
    Buffer.from(addresses.flatMap((address) => address.split('.').map(Number)))
  const single = { keyBytes: 4, count: firsts.length, firsts: bytes(firsts) }
  return lasts === undefined ? single : { ...single, lasts: bytes(lasts) }
}

function elements(name: string): unknown {
  const listed = listNft(['set', 'inet', 'tg', name]).find((each) => 'set' in each)?.['set']
  return (listed as { elem?: unknown }).elem
}

test('elements are added and taken out together, or not at all', { skip }, () => {
  if (socket === undefined) return
  applyNft(TABLE)
  const networks = keys(['10.0.0.0', '10.0.1.0', '255.0.0.0'], ['10.0.0.255', '10.0.1.9', '255.255.255.255'])
  fillSet(socket, setOf('networks'), networks)
  const prefix = (addr: string, len: number): unknown => ({ prefix: { addr, len } })
  assert.deepEqual(elements('networks'), [
    prefix('10.0.0.0', 24),
    { range: ['10.0.1.0', '10.0.1.9'] },
    prefix('255.0.0.0', 8),
  ])
  changeElements(socket, [
    { set: setOf('networks'), kind: 'remove', keys: keys(['10.0.0.0'], ['10.0.0.255']) },
    { set: setOf('networks'), kind: 'add', keys: keys(['10.0.0.0'], ['10.0.0.127']) },
    { set: setOf('hosts'), kind: 'add', keys: keys(['192.0.2.1', '192.0.2.2']) },
  ])
  assert.deepEqual((elements('networks') as unknown[])[0], prefix('10.0.0.0', 25))
  assert.deepEqual(elements('hosts'), ['192.0.2.1', '192.0.2.2'])
  const half = [
    { set: setOf('hosts'), kind: 'add', keys: keys(['192.0.2.3']) },
    { set: setOf('hosts'), kind: 'remove', keys: keys(['192.0.2.99']) },
  ] as const
  assert.throws(() => changeElements(socket, half), { code: 'ERR_NFTABLES_FAILED', message: /ENOENT/ })
  assert.deepEqual(elements('hosts'), ['192.0.2.1', '192.0.2.2'])
  changeElements(socket, [{ set: setOf('short'), kind: 'add', keys: keys(['192.0.2.1']), timeoutMs: 60_000 }])
  assert.match(JSON.stringify(elements('short')), /"val":"192.0.2.1","timeout":60/)
})

test('more than one transaction can hold is filled in several', { skip }, () => {
  if (socket === undefined) return
  const count = 300_000
  const firsts = Buffer.alloc(4 * count)
  for (let index = 0; index < count; index++) firsts.writeUInt32BE(0x0b00_0000 + index, index * 4)
  fillSet(socket, setOf('hosts'), { keyBytes: 4, count, firsts })
  const ends = keys(['11.0.0.0', '11.4.147.223'])
  changeElements(socket, [{ set: setOf('hosts'), kind: 'remove', keys: ends }])
  assert.throws(() => changeElements(socket, [{ set: setOf('hosts'), kind: 'remove', keys: ends }]), /ENOENT/)
})

test('what a table holds is said without its elements', { skip }, () => {
  if (socket === undefined) return
  assert.deepEqual(tableContents(socket, 'inet', 'tg'), {
    chains: new Set(['input']),
    sets: new Set(['networks', 'hosts', 'short']),
    counters: new Set(['rule/a']),
    limits: new Set(['slow']),
  })
  assert.equal(tableContents(socket, 'netdev', 'tg'), undefined)
})

test('packets are counted, and those that are logged are read', { skip }, async () => {
  if (socket === undefined) return
  const log = new PacketLog(7, { copiedBytes: 32, threshold: 1, timeoutCentiseconds: 1 })
  assert.throws(() => new PacketLog(7, { copiedBytes: 1, threshold: 1, timeoutCentiseconds: 1 }), /EPERM|EBUSY/)
  const sender = createSocket('udp4')
  for (let sent = 0; sent < 5; sent++) {
    await new Promise((resolve) => sender.send('hello', 9, '127.0.0.1', resolve))
  }
  sender.close()
  assert.deepEqual(readCounters(socket, 'inet', 'tg').get('rule/a'), { packets: 5, bytes: 5 * 33 })
  const seen: string[] = []
  log.drain(({ prefix, payload, interfaceIndex }) => {
    seen.push(`${prefix} ${payload.length} ${payload[0]} ${interfaceIndex}`)
  }, 100)
  assert.deepEqual(
    seen,
    Array.from({ length: 5 }, () => 'seen 1 32 69 1'),
  )
  log.close()
})

test('a table goes with all in it', { skip }, () => {
  if (socket === undefined) return
  assert.ok(deleteTable(socket, 'inet', 'tg'))
  assert.equal(hasTable(socket, 'inet', 'tg'), false)
  assert.equal(deleteTable(socket, 'inet', 'tg'), false)
})
