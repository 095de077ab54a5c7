import { Dice } from '../../waf/dice.ts'

/** Indexes of `limit` of `total` rows in ascending order, each row as likely as another (Knuth's algorithm S). */
export function chooseRows(total: number, limit: number, seed: number): number[] {
  if (total <= limit) return Array.from({ length: total }, (_, row) => row)
  const dice = new Dice(seed)
  const chosen: number[] = []
  for (let row = 0; chosen.length < limit; row++) {
    if (dice.fraction() * (total - row) < limit - chosen.length) chosen.push(row)
  }
  return chosen
}
