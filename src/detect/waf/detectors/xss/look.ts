import { Strongest } from '../strongest.ts'
import type { DetectionConfidence } from '../detection.ts'
import { XSS_FINDINGS, type XssFindingName } from './findings.ts'

/** One look at a value: the text, and the surest finding so far. */
export class Look {
  readonly strongest = new Strongest<XssFindingName>()
  text = ''

  reset(text: string): void {
    this.text = text
    this.strongest.reset()
  }

  get certain(): boolean {
    return this.strongest.certain
  }

  /** Notes a finding in the text from `from` to `to`, with less confidence than the table has when `atMost` says so. */
  note(name: XssFindingName, from: number, to: number, atMost?: DetectionConfidence): void {
    const entry = XSS_FINDINGS[name]
    this.strongest.note(name, atMost ?? entry.confidence, from, Math.max(to - from, 1), 'operator' in entry)
  }
}
