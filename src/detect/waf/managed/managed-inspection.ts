import type { BodyProcessor } from '../body-contents.ts'
import { visibleText } from '../body/printable-runs.ts'
import type { RequestParts } from '../parts/request-parts.ts'
import type { ParameterSource } from '../parts/parameters.ts'
import type { ResponseParts } from '../parts/response-parts.ts'
import type { WafException, WafSettings } from '../settings.ts'
import type { WafInterruption, WafMatch } from '../verdict.ts'
import { DECODING_NEEDS, decodeFurther } from './decodings.ts'
import { RuleExceptions } from './exceptions.ts'
import { type FindingPlace, Findings } from './findings.ts'
import type { ManagedRules } from './managed-rules.ts'
import { matchedPart } from './matched-part.ts'
import type { CompiledRule, GatedProgram, PlainProgram } from './rule-program.ts'
import { RuleSubject } from './rule-subject.ts'
import { variableOf } from './variables.ts'
import { fieldTexts, windowValues } from '../parts/window-values.ts'

/** Longer values are looked at in windows, which overlap so that nothing is cut apart. */
const WINDOW_BYTES = 32 * 1024
const OVERLAP_BYTES = 1024
/** Values between two questions whether the time is up. */
const VALUES_BETWEEN_CHECKS = 64

/** Plain words that rules look for in names; names that are no plain words are values of their own already. */
const RESERVED_NAME = /__proto__|prototype|globals|classloader|allow_url|auto_prepend|sess(?:ion)?_?id|^_[a-z]/i
const NAMED_BY_CLIENT: ReadonlySet<ParameterSource> = new Set<ParameterSource>(['query', 'form', 'json', 'multipart'])

const WINDOW_SOURCES: Readonly<Partial<Record<BodyProcessor, 'form' | 'json'>>> = { URLENCODED: 'form', JSON: 'json' }

const NO_TRAIL: readonly string[] = []

/**
 * What our own rules say about one request, step by step: `head`, `body` once `parts.setBody` was called (also for a request
 * without a body), `window` for what streams beyond; `responseBody` when the origin answered, `responseWindow` for what streams beyond.
 */
export class ManagedInspection {
  readonly #rules: ManagedRules
  readonly #parts: RequestParts
  readonly #subject: RuleSubject
  readonly #exceptions: RuleExceptions
  readonly #findings: Findings
  readonly #isSpent: () => boolean
  /** Parameters of the head, which stand first when the body has added its own. */
  #seen = 0
  #phase: 1 | 2 | 4 = 1

  constructor(
    rules: ManagedRules,
    parts: RequestParts,
    settings: WafSettings,
    exceptions: readonly WafException[],
    isSpent: () => boolean,
  ) {
    this.#rules = rules
    this.#parts = parts
    this.#subject = new RuleSubject(parts)
    this.#exceptions = new RuleExceptions(exceptions)
    this.#findings = new Findings(settings, this.#exceptions)
    this.#isSpent = isSpent
  }

  get matches(): readonly WafMatch[] {
    return this.#findings.matches
  }

  /** More rules matched than are kept in `matches`. */
  get matchesOmitted(): number {
    return this.#findings.omitted
  }

  /** Ids of the policy rules whose exceptions took something out. */
  get exceptionIds(): readonly string[] {
    return this.#exceptions.used
  }

  /** Set when the rules of a class have enough weight to block. */
  get interruption(): WafInterruption | undefined {
    return this.#findings.interruption
  }

  head(): void {
    this.#askPlain(this.#rules.heads, 'REQUEST_LINE', '', this.#parts.request.target)
    this.#askParameters()
  }

  body(): void {
    this.#phase = 2
    this.#askParameters()
    this.#askPlain(this.#rules.bodies, 'REQUEST_BODY', '', '')
    for (const file of this.#parts.body.files) {
      this.#subject.file = file
      this.#askPlain(this.#rules.files, `FILES:${file.name}`, file.name, file.fileName)
    }
    this.#subject.file = undefined
  }

  /** One window of a body that is larger than what was parsed; windows overlap. */
  window(text: string): void {
    this.#phase = 2
    const source = WINDOW_SOURCES[this.#parts.naturalProcessor] ?? 'body'
    let values = 0
    let isSpent = false
    const visible = source === 'body' ? visibleText(text) : text
    if (this.#parts.naturalProcessor === 'MULTIPART') {
      for (const value of fieldTexts(visible)) this.#askValue('multipart', '', value, false)
    }
    windowValues(source, visible, (name, value) => {
      if (values++ % VALUES_BETWEEN_CHECKS === 0) isSpent ||= this.#isSpent()
      if (!isSpent) this.#askValue(source, name, value, source === 'body')
    })
  }

  /** The answer's body, after `parts.setBody`. */
  responseBody(parts: ResponseParts): void {
    this.#subject.response = parts.response
    this.responseWindow(parts.bodyText)
  }

  /** The text of an answer's body, or one window of it beyond what was held. */
  responseWindow(text: string): void {
    this.#phase = 4
    this.#subject.value.moveTo('body', '', '', true)
    for (let offset = 0; offset < text.length; offset += WINDOW_BYTES - OVERLAP_BYTES) {
      const window = text.length <= WINDOW_BYTES ? text : text.slice(offset, offset + WINDOW_BYTES)
      const place = { phase: this.#phase, variable: 'RESPONSE_BODY', name: '', trail: NO_TRAIL, offset }
      this.#subject.responseText = window
      this.#askGated(this.#rules.responseBodies, 'waf.response.body', window, place)
      if (offset + window.length >= text.length || this.#isSpent()) break
    }
    this.#subject.responseText = undefined
  }

  #askParameters(): void {
    const { sources, names, values } = this.#parts.parameters()
    for (let at = this.#seen; at < values.length; at++) {
      if (at % VALUES_BETWEEN_CHECKS === 0 && this.#isSpent()) break
      const name = names[at]
      if (name.length > 3 && NAMED_BY_CLIENT.has(sources[at]) && RESERVED_NAME.test(name)) {
        this.#askValue('name', name, name, false)
      }
      this.#askValue(sources[at], name, values[at], false)
    }
    this.#seen = values.length
  }

  #askValue(source: ParameterSource, name: string, value: string, continues: boolean): void {
    if (value.length > WINDOW_BYTES) {
      this.#askWindows(source, name, value, continues)
      return
    }
    const isHeader = source === 'header'
    if (value === '' || (isHeader && this.#rules.cleanHeaders.has(value))) return
    const wasOpen = this.#askText(source, name, value, NO_TRAIL, 0, continues)
    if (isHeader && !wasOpen) this.#rules.cleanHeaders.add(value)
  }

  #askWindows(source: ParameterSource, name: string, value: string, continues: boolean): void {
    for (let offset = 0; offset < value.length && !this.#isSpent(); offset += WINDOW_BYTES - OVERLAP_BYTES) {
      const window = value.slice(offset, offset + WINDOW_BYTES)
      this.#askText(source, name, window, NO_TRAIL, offset, continues || offset > 0)
      if (offset + WINDOW_BYTES >= value.length) return
    }
  }

  /** Asks the rules about a text and about what it decodes to; returns whether any gate was open. */
  #askText(
    source: ParameterSource,
    name: string,
    text: string,
    trail: readonly string[],
    offset: number,
    continues: boolean,
  ): boolean {
    const { value } = this.#subject
    value.moveTo(source, name, text, continues)
    const { mask } = value
    let isOpen = this.#askCurrent(source, name, text, trail, offset)
    if ((mask & DECODING_NEEDS) === 0) return isOpen
    decodeFurther(text, (decoded, further) => {
      value.moveTo(source, name, decoded, continues)
      if (this.#askCurrent(source, name, decoded, further, offset)) isOpen = true
    })
    return isOpen
  }

  #askCurrent(source: ParameterSource, name: string, text: string, trail: readonly string[], offset: number): boolean {
    return this.#rules.values.match(text, this.#subject, (rule) => {
      const place = { phase: this.#phase, variable: variableOf(source, name), name, trail, offset }
      this.#found(rule, 'waf.value', text, place)
    })
  }

  #askGated(program: GatedProgram, textField: string, text: string, place: FindingPlace): void {
    program.match(text, this.#subject, (rule) => this.#found(rule, textField, text, place))
  }

  #askPlain(program: PlainProgram, variable: string, name: string, text: string): void {
    const place = { phase: this.#phase, variable, name, trail: NO_TRAIL, offset: 0 }
    program.match(this.#subject, ({ rule }) => {
      this.#findings.add(rule, place, text, () => ({ offset: 0, length: text.length, finding: undefined }))
    })
  }

  #found({ rule, expression }: CompiledRule, textField: string, text: string, place: FindingPlace): void {
    this.#findings.add(rule, place, text, () => matchedPart(expression, textField, text, this.#subject.value))
  }
}
