import type { FloodAttack, FloodChange, FloodVeto, Mitigation, MitigationEnd } from '#detect'
import type { FloodState } from '../process/messages.ts'
import type { FloodFiles } from './flood-files.ts'

/** A rule against a flood with what became of it; its packets stand in the capture. */
export interface MitigationRecord extends Mitigation {
  readonly endedAtMs?: number
  readonly endedBy?: MitigationEnd
  /** Packets that the rule matched until it ended. */
  readonly packets?: number
  /** Path of the capture with the packets of the evidence. */
  readonly capture?: string
}

const RECORDS_MOST = 500

const NOTHING: FloodState = { mitigations: [], attacks: [], vetoes: [] }

/** What was and is done about floods, as the supervisor knows it. */
export class FloodLog {
  readonly #files: FloodFiles | undefined
  readonly #records = new Map<string, MitigationRecord>()
  #state = NOTHING
  /** Floods that were seen since the start. */
  seenAttacks = 0

  constructor(files: FloodFiles | undefined) {
    this.#files = files
    // Nothing is in force when this begins: what was is seen anew, or is over.
    for (const record of files?.readRecords() ?? []) {
      this.#records.set(record.id, { ...record, endedAtMs: record.endedAtMs ?? record.expiresAtMs })
    }
  }

  get attacks(): readonly FloodAttack[] {
    return this.#state.attacks
  }

  get vetoes(): readonly FloodVeto[] {
    return this.#state.vetoes
  }

  /** Those in force and those that were, the youngest first. */
  get mitigations(): readonly MitigationRecord[] {
    return [...this.#records.values()].toReversed()
  }

  find(id: string): MitigationRecord | undefined {
    return this.#records.get(id)
  }

  /** @param packetsOf packets that a rule counted so far */
  take(changes: readonly FloodChange[], state: FloodState, packetsOf: PacketCount): void {
    this.#state = state
    for (const change of changes) this.#change(change, packetsOf)
    for (const mitigation of state.mitigations) {
      const known = this.#records.get(mitigation.id)
      if (known !== undefined) this.#records.set(mitigation.id, { ...known, ...withoutPackets(mitigation) })
    }
    if (changes.length > 0) this.#files?.writeRecords(() => [...this.#records.values()])
  }

  /** The process that knew about floods is gone. */
  forgetState(packetsOf: PacketCount): void {
    for (const { id } of this.#state.mitigations) {
      const record = this.#records.get(id)
      if (record !== undefined) this.#records.set(id, { ...record, ...ended(id, packetsOf) })
    }
    this.#state = { ...NOTHING, vetoes: this.#state.vetoes }
  }

  #change(change: FloodChange, packetsOf: PacketCount): void {
    if (change.kind === 'attackBegan') this.seenAttacks++
    if (change.kind === 'attackBegan' || change.kind === 'attackEnded') return
    const { mitigation } = change
    const { capture } = this.#records.get(mitigation.id) ?? {}
    const isEnd = change.kind === 'mitigationRemoved'
    const written = isEnd ? undefined : this.#files?.writeCapture(mitigation)
    const file = written ?? capture
    const record: MitigationRecord = {
      ...withoutPackets(mitigation),
      ...(file !== undefined && { capture: file }),
      ...(isEnd && { endedBy: change.reason, ...ended(mitigation.id, packetsOf) }),
    }
    // The last one changed stands last.
    this.#records.delete(mitigation.id)
    this.#records.set(mitigation.id, record)
    for (const id of this.#records.keys()) {
      if (this.#records.size <= RECORDS_MOST) break
      this.#records.delete(id)
    }
  }
}

type PacketCount = (ruleId: string) => number | undefined

function ended(id: string, packetsOf: PacketCount): Pick<MitigationRecord, 'endedAtMs' | 'packets'> {
  const packets = packetsOf(id)
  return { endedAtMs: Date.now(), ...(packets !== undefined && { packets }) }
}

/** A mitigation without the packets of its evidence: they are told once, and stand in the capture. */
export function withoutPackets(mitigation: Mitigation): Mitigation {
  return { ...mitigation, evidence: { ...mitigation.evidence, samples: [] } }
}
