import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, test } from 'node:test'
import { type IpAddress, parseIp } from '#wire'
import { type Admission, type ConnectionLimitOptions, ConnectionLimits } from './connection-limits.ts'

/** Longer than anybody may be without a head, and than the sweep that looks for them. */
const LATE_MS = 1600

interface Evicted {
  readonly name: string
  readonly fault: string
}

class Crowd {
  readonly evicted: Evicted[] = []
  readonly refused: string[] = []
  readonly #limits: ConnectionLimits

  constructor(options: Partial<ConnectionLimitOptions>) {
    this.#limits = new ConnectionLimits({ connections: 1000, headsPerAddress: 2, isExempt: () => false, ...options })
  }

  connect(name: string, address: string | undefined = '192.0.2.1'): Admission | undefined {
    const client: IpAddress | undefined = address === undefined ? undefined : parseIp(address)
    const admission = this.#limits.admit((fault) => this.evicted.push({ name, fault }), client)
    if (admission === undefined) this.refused.push(name)
    return admission
  }

  get evictedNames(): string[] {
    return this.evicted.map(({ name }) => name)
  }
}

describe('connections without a whole request head', () => {
  test('a burst of clients behind one address is let in', () => {
    const crowd = new Crowd({})
    const burst = Array.from({ length: 500 }, (_, i) => crowd.connect(`c${i}`))
    for (const admission of burst) admission?.headDone()
    assert.deepEqual(crowd.evicted, [])
    assert.deepEqual(crowd.refused, [])
  })

  test('those over the limit of their address go when they are late, the oldest first', async () => {
    const crowd = new Crowd({})
    for (const name of ['a', 'b', 'c', 'd']) crowd.connect(name)
    crowd.connect('elsewhere', '192.0.2.2')
    assert.deepEqual(crowd.evicted, [])
    await sleep(LATE_MS)
    assert.deepEqual(crowd.evicted, [
      { name: 'a', fault: 'heads-per-address' },
      { name: 'b', fault: 'heads-per-address' },
    ])
    crowd.connect('e')
    assert.deepEqual(crowd.evictedNames, ['a', 'b', 'c'])
  })

  test('who has sent its head is no debtor, until the next head begins', async () => {
    const crowd = new Crowd({})
    const clients = ['a', 'b', 'c', 'd'].map((name) => crowd.connect(name))
    for (const client of clients) client?.headDone()
    await sleep(LATE_MS)
    assert.deepEqual(crowd.evicted, [])
    for (const client of clients) client?.headBegun()
    await sleep(LATE_MS)
    assert.deepEqual(crowd.evictedNames, ['a', 'b'])
  })

  test('behind a proxy the client counts, not the proxy', async () => {
    const crowd = new Crowd({})
    for (let i = 0; i < 6; i++) crowd.connect(`c${i}`, undefined)?.identify(parseIp(`198.51.100.${i}`)!)
    const same = ['x', 'y', 'z'].map((name) => crowd.connect(name, undefined))
    for (const client of same) client?.identify(parseIp('203.0.113.1')!)
    await sleep(LATE_MS)
    assert.deepEqual(crowd.evictedNames, ['x'])
  })

  test('a /64 of IPv6 is one client; an exempt address has no limit', async () => {
    const crowd = new Crowd({ isExempt: (address) => address === parseIp('192.0.2.9') })
    for (let i = 1; i <= 3; i++) crowd.connect(`same${i}`, `2001:db8::${i}`)
    for (let i = 1; i <= 3; i++) crowd.connect(`other${i}`, `2001:db8:0:${i}::1`)
    for (let i = 1; i <= 9; i++) crowd.connect(`proxy${i}`, '192.0.2.9')
    await sleep(LATE_MS)
    assert.deepEqual(crowd.evictedNames, ['same1'])
  })
})

describe('the total limit', () => {
  test('when it nears, whoever is late with its head makes room', async () => {
    const crowd = new Crowd({ connections: 20, headsPerAddress: 100 })
    for (let i = 1; i <= 19; i++) crowd.connect(`slow${i}`)
    assert.deepEqual(crowd.evicted, [])
    await sleep(LATE_MS)
    crowd.connect('new')
    assert.deepEqual(crowd.evicted, [{ name: 'slow1', fault: 'oldest-without-head' }])
  })

  test('when it is reached, the oldest without a head goes at once', () => {
    const crowd = new Crowd({ connections: 3, headsPerAddress: 100 })
    crowd.connect('served')?.headDone()
    crowd.connect('slow')
    crowd.connect('slower')
    crowd.connect('new')
    assert.deepEqual(crowd.evictedNames, ['slow'])
    assert.deepEqual(crowd.refused, [])
  })

  test('when all are served, a new one is refused, until one ends', () => {
    const crowd = new Crowd({ connections: 2 })
    const [first, second] = [crowd.connect('a'), crowd.connect('b')]
    first?.headDone()
    second?.headDone()
    crowd.connect('c')
    assert.deepEqual(crowd.refused, ['c'])
    first?.close()
    first?.close()
    crowd.connect('d')
    assert.deepEqual(crowd.refused, ['c'])
    assert.deepEqual(crowd.evicted, [])
  })
})
