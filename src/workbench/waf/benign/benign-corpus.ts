import type { RequestSample } from '#detect'
import type { CorpusRequest } from '../corpus-request.ts'
import { Dice } from '../dice.ts'
import { browsingRequest, searchRequest } from './browsing.ts'
import { formRequest, uploadRequest } from './forms.ts'
import { hardJsonRequest, hardRequest } from './hard.ts'
import { HARD_TEXTS } from './hard-texts.ts'
import { jsonRequest } from './json-requests.ts'
import { LANGUAGES, type LanguageTexts } from './languages/index.ts'
import { machineTexts, type MachineText } from './machine-texts.ts'

export interface BenignCorpusSize {
  readonly ordinary: number
  readonly hard: number
  readonly seed: number
}

interface OrdinaryKind {
  readonly name: string
  /** Parts of a hundred. */
  readonly share: number
  readonly make: (dice: Dice, texts: LanguageTexts) => RequestSample
}

/** What ordinary traffic is made of. */
const ORDINARY: readonly OrdinaryKind[] = [
  { name: 'browsing', share: 45, make: browsingRequest },
  { name: 'search', share: 20, make: searchRequest },
  { name: 'form', share: 17, make: formRequest },
  { name: 'json', share: 16, make: jsonRequest },
  { name: 'upload', share: 2, make: uploadRequest },
]

/**
 * Benign requests: `ordinary` ones and `hard` ones, which are texts about code, taken from this machine's documents and programs
 * as far as there are any. The same seed gives the same requests on the same machine.
 */
export function benignCorpus(size: BenignCorpusSize): readonly CorpusRequest[] {
  const dice = new Dice(size.seed)
  const texts = machineTexts(new Dice(size.seed + 1), Math.max(0, size.hard - 2 * HARD_TEXTS.length))
  return [...ordinaryRequests(dice, size.ordinary), ...hardRequests(dice, size.hard, texts)]
}

/** A small corpus that needs nothing but this program: what `tidegate waf test` sends. */
export function embeddedBenignCorpus(): readonly CorpusRequest[] {
  const dice = new Dice(1)
  return [...ordinaryRequests(dice, 400), ...hardRequests(dice, HARD_TEXTS.length, [])]
}

function ordinaryRequests(dice: Dice, count: number): readonly CorpusRequest[] {
  return Array.from({ length: count }, (_, index) => {
    const kind = kindAt(index % 100)
    const sample = kind.make(dice, LANGUAGES[index % LANGUAGES.length])
    return { id: `ordinary-${kind.name}-${index + 1}`, kind: 'ordinary' as const, origin: 'generated', sample }
  })
}

function kindAt(hundredth: number): OrdinaryKind {
  let end = 0
  for (const kind of ORDINARY) {
    end += kind.share
    if (hundredth < end) return kind
  }
  return ORDINARY[0]
}

function hardRequests(dice: Dice, count: number, texts: readonly MachineText[]): readonly CorpusRequest[] {
  return Array.from({ length: count }, (_, index) => {
    const language = LANGUAGES[index % LANGUAGES.length]
    const machine = texts[index]
    const text = machine?.text ?? HARD_TEXTS[(index - texts.length) % HARD_TEXTS.length]
    const make = machine?.kind === 'json' ? hardJsonRequest : hardRequest
    const origin = machine?.origin ?? 'generated'
    return {
      id: `hard-${machine?.kind ?? 'text'}-${index + 1}`,
      kind: 'hard' as const,
      origin,
      sample: make(dice, language, text),
    }
  })
}
