import type { WafClass } from '#detect'
import { attackCorpus } from '../attacks/attack-corpus.ts'
import { embeddedBenignCorpus } from '../benign/benign-corpus.ts'
import type { CorpusKind, CorpusRequest } from '../corpus-request.ts'

/** What can be asked for, and which kinds of requests that means. */
const CORPORA = {
  all: ['attack', 'ordinary', 'hard'],
  attack: ['attack'],
  benign: ['ordinary', 'hard'],
  ordinary: ['ordinary'],
  hard: ['hard'],
} as const satisfies Record<string, readonly CorpusKind[]>

export type CorpusName = keyof typeof CORPORA

/** The requests to send; `classes` narrows the attacks, undefined takes all of them. */
export function chosenRequests(name: CorpusName, classes: readonly WafClass[] | undefined): readonly CorpusRequest[] {
  const kinds: readonly CorpusKind[] = CORPORA[name]
  const attacks = kinds.includes('attack') ? attackCorpus() : []
  const benign = name === 'attack' ? [] : embeddedBenignCorpus()
  return [
    ...attacks.filter((request) => classes === undefined || classes.includes(request.class!)),
    ...benign.filter(({ kind }) => kinds.includes(kind)),
  ]
}
