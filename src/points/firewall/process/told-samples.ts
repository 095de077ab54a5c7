import type { PacketSample } from './messages.ts'

/** What waits to be told of one rule and one verdict. */
interface Stratum {
  /** Packets that stand behind what is kept. */
  weight: number
  seen: number
  waitedTicks: number
  readonly kept: PacketSample[]
}

interface ToldLimits {
  /** Samples that are told in each tick on average, and after quiet ones at most. */
  readonly perTick: number
  readonly burst: number
}

const KEPT_MOST = 256
const REMEMBERED_MOST = 4096

/**
 * Chooses few of many samples to be told, so that none is forgotten: each rule gets its share whatever the others drop, and
 * the weights of those that are told stand for all. What has no room in a tick is told in a later one.
 */
export class ToldSamples {
  readonly #limits: ToldLimits
  readonly #strata = new Map<string, Stratum>()
  readonly #lastTold = new Map<string, PacketSample>()
  #tokens: number

  constructor(limits: ToldLimits) {
    this.#limits = limits
    this.#tokens = limits.burst
  }

  /** @param key what is told apart: a rule and a verdict */
  add(sample: PacketSample, key: string): void {
    const stratum = this.#stratum(key)
    stratum.weight += sample.weight
    stratum.seen++
    const { kept, weight } = stratum
    if (kept.length < KEPT_MOST) kept.push(sample)
    // A sample that stands for more packets has so much more chance to stay (Chao 1982).
    else if (Math.random() < (KEPT_MOST * sample.weight) / weight) kept[Math.floor(Math.random() * KEPT_MOST)] = sample
  }

  /** Lets the next samples of a key stand for so many packets more; without any, the last one is told once more for them. */
  owe(key: string, packets: number): void {
    const stratum = this.#stratum(key)
    stratum.weight += packets
    const last = this.#lastTold.get(key)
    if (stratum.kept.length === 0 && last !== undefined) stratum.kept.push(last)
  }

  /** What is to be told in this tick. */
  take(): readonly PacketSample[] {
    this.#tokens = Math.min(this.#tokens + this.#limits.perTick, this.#limits.burst)
    const told: PacketSample[] = []
    // Of those that waited as long, rules with little to tell come first: what they leave of their share is for the others.
    const turns = [...this.#strata].sort(
      ([, one], [, other]) => other.waitedTicks - one.waitedTicks || one.kept.length - other.kept.length,
    )
    for (const [at, [key, stratum]] of turns.entries()) {
      const share = Math.ceil(Math.floor(this.#tokens) / (turns.length - at))
      const count = Math.min(stratum.kept.length, share)
      if (count === 0) {
        stratum.waitedTicks++
        continue
      }
      this.#tokens -= count
      told.push(...chosen(stratum, count))
      this.#remember(key, stratum.kept[count - 1])
      this.#strata.delete(key)
    }
    return told
  }

  #remember(key: string, sample: PacketSample): void {
    this.#lastTold.delete(key)
    this.#lastTold.set(key, sample)
    if (this.#lastTold.size <= REMEMBERED_MOST) return
    for (const oldest of this.#lastTold.keys()) {
      this.#lastTold.delete(oldest)
      return
    }
  }

  #stratum(key: string): Stratum {
    let stratum = this.#strata.get(key)
    if (stratum === undefined) {
      stratum = { weight: 0, seen: 0, waitedTicks: 0, kept: [] }
      this.#strata.set(key, stratum)
    }
    return stratum
  }
}

/** At most `count` samples whose weights add up to that of the stratum, each as likely as it stands for packets. */
function chosen({ kept, seen, weight }: Stratum, count: number): PacketSample[] {
  const own = kept.reduce((sum, sample) => sum + sample.weight, 0)
  if (count === seen && own === weight) return kept
  // Of those that were left out, and those that are owed, each one that is kept stands for its part.
  const scale = seen === kept.length ? weight / own : undefined
  const step = weight / count
  const told: PacketSample[] = []
  let next = Math.random() * step
  let passed = 0
  for (const sample of kept) {
    passed += scale === undefined ? weight / kept.length : sample.weight * scale
    let picks = 0
    for (; next < passed; next += step) picks++
    if (picks > 0) told.push({ ...sample, weight: picks * step })
  }
  return told
}
