import { Dice } from '../../waf/dice.ts'

/** Keeps a random sample of what passes by, each item as likely as another, without knowing how much will come. */
export class Reservoir<Item> {
  readonly items: Item[] = []
  /** What passed by. */
  total = 0
  readonly #limit: number
  readonly #dice: Dice

  constructor(limit: number, seed: number) {
    this.#limit = limit
    this.#dice = new Dice(seed)
  }

  /** The place of the item that passes now; -1 when it is not kept. Asked once for each, so that most are never made. */
  place(): number {
    this.total++
    if (this.items.length < this.#limit) return this.items.length
    const place = Math.floor(this.#dice.fraction() * this.total)
    return place < this.#limit ? place : -1
  }
}
