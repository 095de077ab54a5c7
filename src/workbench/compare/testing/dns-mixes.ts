import { Dice } from '../../waf/dice.ts'
import type { FactRow } from '../population/fact-row.ts'
import type { Mix } from './mix.ts'

const START_MICROS = 1_795_300_000_000_000
const MINUTE_MICROS = 60_000_000
const LETTERS = 'abcdefghijklmnopqrstuvwxyz'
const TYPES = ['A', 'A', 'A', 'A', 'AAAA', 'AAAA', 'HTTPS', 'MX', 'TXT', 'PTR', 'NS']

/** Queries that a server of some zones gets from resolvers. */
class GoodQueries {
  readonly dice: Dice
  readonly #names: readonly string[]

  constructor(seed: number) {
    this.dice = new Dice(seed)
    this.#names = Array.from({ length: 900 }, () => {
      const zone = this.dice.pick(['victim.test', 'victim.test', 'shop.test', 'mail.test', 'blog.test'])
      return this.dice.chance(0.3) ? zone : `${this.dice.text(LETTERS, this.dice.integer(2, 14))}.${zone}`
    })
  }

  row(): FactRow {
    return this.query(this.#names[Math.floor(this.dice.fraction() ** 2.5 * this.#names.length)], this.dice.pick(TYPES))
  }

  query(qname: string, qtype: string, changes: FactRow['facts'] = {}): FactRow {
    const { dice } = this
    const facts = {
      'ip.src': (11 + Math.floor(dice.fraction() ** 2 * 210)) * 2 ** 24 + dice.integer(0, 3000) * 4096,
      'ip.proto': 17,
      'ip.len': 48 + qname.length + (dice.chance(0.7) ? 11 : 0),
      'ip.ttl': dice.pick([64, 128, 255]) - dice.integer(5, 25),
      'udp.srcport': dice.integer(1024, 65535),
      'udp.dstport': 53,
      'dns.id': dice.integer(0, 65535),
      'dns.qname': qname,
      'dns.qtype': qtype,
      'dns.flags.response': false,
      'dns.flags.recdesired': dice.chance(0.2),
      'dns.flags.checkdisable': dice.chance(0.3),
      ...changes,
    }
    return { timeMicros: START_MICROS + Math.floor(dice.fraction() * MINUTE_MICROS), facts }
  }
}

function dnsMix(name: string, known: readonly string[], attack: (world: GoodQueries) => FactRow): Mix {
  return {
    name,
    kind: 'dns',
    labels: 'trusted',
    known,
    make: (seed, badRows, goodRows) => {
      const world = new GoodQueries(seed)
      return {
        bad: Array.from({ length: badRows }, () => attack(world)),
        good: Array.from({ length: goodRows }, () => world.row()),
      }
    },
  }
}

/** Attacks on and over name servers. */
export const DNS_MIXES: readonly Mix[] = [
  dnsMix(
    'water torture by random names of one length',
    ['dns.qname matches "^[a-z]{16}\\\\.victim\\\\.test$"'],
    (world) => world.query(`${world.dice.text(LETTERS, 16)}.victim.test`, 'A'),
  ),
  dnsMix(
    'water torture by random names of many lengths below a name',
    ['ends_with(dns.qname, ".www.victim.test")'],
    (world) =>
      world.query(
        `${world.dice.text(`${LETTERS}0123456789`, world.dice.integer(6, 20))}.www.victim.test`,
        world.dice.pick(['A', 'AAAA']),
      ),
  ),
  dnsMix('queries for ANY', ['dns.qtype == "ANY"'], (world) => world.query('victim.test', 'ANY')),
  dnsMix('a tunnel in names', ['dns.qtype == "TXT" and len(dns.qname) >= 50'], (world) =>
    world.query(`${world.dice.text('abcdef0123456789', world.dice.integer(40, 60))}.t.shop.test`, 'TXT'),
  ),
  dnsMix('a botnet that asks what everybody asks', [], (world) => world.row()),
]
