import type { SourcePlace } from '#kernel'

/** Numbers that one run of source characters takes in a `PlaceMap`: offset in the text, line, column. */
const RUN = 3

/** Where the characters of a text stood in the file: lines are joined and escapes taken out, so that offsets alone do not say. */
export class PlaceMap {
  readonly #file: string
  /** Offset, line, column of the first character of each run that stood together, in ascending order. */
  readonly #runs: number[] = []

  constructor(file: string) {
    this.#file = file
  }

  /** Says that the characters from `offset` on stand at `line` and `column`, until the next call. */
  add(offset: number, line: number, column: number): void {
    this.#runs.push(offset, line, column)
  }

  placeAt(offset: number): SourcePlace {
    const runs = this.#runs
    let first = 0
    let last = runs.length / RUN - 1
    while (first < last) {
      const middle = (first + last + 1) >>> 1
      if (runs[middle * RUN] <= offset) first = middle
      else last = middle - 1
    }
    const at = first * RUN
    return { file: this.#file, line: runs[at + 1], column: runs[at + 2] + offset - runs[at] }
  }
}

/** A piece of a directive that knows where it stood. */
export class PlacedText {
  readonly text: string
  readonly #map: PlaceMap
  readonly #offset: number

  constructor(text: string, map: PlaceMap, offset = 0) {
    this.text = text
    this.#map = map
    this.#offset = offset
  }

  /** A text that stands at `place` as it is. */
  static of(text: string, place: SourcePlace): PlacedText {
    const map = new PlaceMap(place.file)
    map.add(0, place.line, place.column)
    return new PlacedText(text, map)
  }

  /** Place of the character at `offset` of the text. */
  placeAt(offset: number): SourcePlace {
    return this.#map.placeAt(this.#offset + offset)
  }

  get place(): SourcePlace {
    return this.placeAt(0)
  }

  slice(start: number, end: number = this.text.length): PlacedText {
    return new PlacedText(this.text.slice(start, end), this.#map, this.#offset + start)
  }

  /** Without the blanks at both ends. */
  trim(): PlacedText {
    const start = this.text.length - this.text.trimStart().length
    return this.slice(start, Math.max(start, this.text.trimEnd().length))
  }
}
