import { Dice } from '../../waf/dice.ts'
import type { FactRow } from '../population/fact-row.ts'
import { GoodHttp } from './good-http.ts'
import { HTTP_MIXES } from './http-mixes.ts'
import type { Mix } from './mix.ts'
import { PACKET_MIXES } from './packet-mixes.ts'

/** Good rows of an hour in which hosts, countries and programs are a fifth more or less frequent than in another. */
function drifted(rows: readonly FactRow[], seed: number): FactRow[] {
  const dice = new Dice(seed)
  const factors = new Map<string, number>()
  const factor = (value: unknown): number => {
    const key = String(value)
    const known = factors.get(key) ?? 0.8 + dice.fraction() * 0.4
    factors.set(key, known)
    return known
  }
  return rows.filter(({ facts }) => {
    const weight =
      factor(facts['http.host'] ?? facts['ip.proto']) *
      factor(facts['ip.src.country']) *
      factor(facts['http.user_agent'])
    return dice.chance(Math.min(1, weight / 1.728))
  })
}

/** A window in which a share of the rows is an attack, and a baseline of the same size in which none is. */
function windowMix(base: Mix, share: number, hasDrift: boolean): Mix {
  const drift = hasDrift ? ', drifting' : ''
  return {
    ...base,
    labels: 'window',
    name: `${share * 100} % of a window${drift}: ${base.name}`,
    make: (seed, badRows, goodRows) => {
      const attacks = Math.max(1, Math.round(badRows * share))
      const { bad, good } = base.make(seed, attacks, goodRows + Math.round((badRows - attacks) * (hasDrift ? 1.8 : 1)))
      const rest = good.slice(goodRows)
      const window = hasDrift ? drifted(rest, seed + 5).slice(0, badRows - attacks) : rest
      return { bad: [...bad, ...window], good: good.slice(0, goodRows), isAttack: (row) => row < bad.length }
    },
  }
}

function named(mixes: readonly Mix[], part: string): Mix {
  const mix = mixes.find(({ name }) => name.includes(part))
  if (mix === undefined) throw new Error(`there is no mix "${part}"`)
  return mix
}

const QUIET: Mix = {
  name: 'nothing happens',
  kind: 'http',
  labels: 'window',
  known: [],
  make: (seed, badRows, goodRows) => {
    const world = new GoodHttp(seed)
    return {
      bad: drifted(world.rows(badRows * 2), seed + 5).slice(0, badRows),
      good: world.rows(goodRows),
      isAttack: () => false,
    }
  },
}

/** Windows of traffic in which nobody has marked anything. */
export const WINDOW_MIXES: readonly Mix[] = [
  windowMix(named(HTTP_MIXES, 'login flood of browsers'), 0.2, false),
  windowMix(named(HTTP_MIXES, 'login flood of browsers'), 0.2, true),
  windowMix(named(HTTP_MIXES, 'credential stuffing'), 0.01, true),
  windowMix(named(HTTP_MIXES, 'cache busting by a random'), 0.001, true),
  windowMix(named(HTTP_MIXES, 'three vectors'), 0.25, true),
  windowMix(named(HTTP_MIXES, 'scanner in one network'), 0.01, true),
  windowMix(named(PACKET_MIXES, 'DNS amplification'), 0.4, false),
  windowMix(named(PACKET_MIXES, 'SYN flood of one tool'), 0.05, true),
  QUIET,
]
