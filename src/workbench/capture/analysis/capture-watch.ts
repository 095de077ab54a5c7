import {
  type CaptureBlock,
  type CapturedPacket,
  type CaptureInterface,
  type CaptureNote,
  FAULT,
  type Packet,
  readStatistics,
} from '#wire'
import type { CaptureFacts } from '../../findings/evidence.ts'

/** Times of neighbouring frames may be out of order by the work of several processors; a clock that was set is not so close. */
const BACKWARDS_LEAST_NS = 20_000_000
const NANOSECONDS = 1_000_000_000
const FRAMES_KEPT = 20
const INTERFACES_KEPT = 64

/** Counts something that happens to frames, and keeps the first of them. */
export class FrameTally {
  count = 0
  readonly frames: number[] = []

  add(frame: number): void {
    this.count++
    if (this.frames.length < FRAMES_KEPT) this.frames.push(frame)
  }
}

/** Gathers what is known of the file itself and of how it was captured. */
export class CaptureWatch {
  #packets = 0
  #bytes = 0
  #first: { readonly seconds: number; readonly nanoseconds: number } | undefined = undefined
  #earliestNs = 0
  #latestNs = 0
  #lastNs = 0
  #largestStepBackNs = 0
  /** By interface. */
  readonly #dropped = new Map<number, number>()
  readonly #interfaces: CaptureInterface[] = []
  readonly #snapped = new FrameTally()
  readonly #headersSnapped = new FrameTally()
  readonly #malformed = new FrameTally()
  readonly #backwards = new FrameTally()
  readonly #duplicates = new FrameTally()
  readonly #unknownLinkTypes = new FrameTally()

  interface(seen: CaptureInterface): void {
    if (this.#interfaces.length < INTERFACES_KEPT) this.#interfaces.push(seen)
  }

  /** What the capturing program says that it missed: counters that grow from block to block. */
  block(block: CaptureBlock): void {
    const statistics = readStatistics(block)
    if (statistics === undefined || this.#dropped.size >= INTERFACES_KEPT) return
    const { interfaceNumber, droppedByInterface, droppedBySystem } = statistics
    if (droppedByInterface === undefined && droppedBySystem === undefined) return
    this.#dropped.set(interfaceNumber, (droppedByInterface ?? 0) + (droppedBySystem ?? 0))
  }

  /** A frame as the file has it, and as its headers were read; `outer` is not yet reassembled. */
  packet(captured: CapturedPacket, outer: Packet): void {
    const { frameNumber, capturedBytes, originalBytes, hasTime } = captured
    this.#packets++
    this.#bytes += originalBytes
    if (capturedBytes < originalBytes) this.#snapped.add(frameNumber)
    const { faults } = outer
    if ((faults & FAULT.snapped) !== 0) this.#headersSnapped.add(frameNumber)
    if ((faults & FAULT.linkType) !== 0) this.#unknownLinkTypes.add(frameNumber)
    else if (outer.isMalformed) this.#malformed.add(frameNumber)
    if (hasTime) this.#time(captured)
  }

  #time({ seconds, nanoseconds, frameNumber }: CapturedPacket): void {
    this.#first ??= { seconds, nanoseconds }
    const timeNs = (seconds - this.#first.seconds) * NANOSECONDS + nanoseconds - this.#first.nanoseconds
    if (timeNs < this.#lastNs - BACKWARDS_LEAST_NS) {
      this.#backwards.add(frameNumber)
      this.#largestStepBackNs = Math.max(this.#largestStepBackNs, this.#lastNs - timeNs)
    }
    this.#lastNs = timeNs
    if (timeNs < this.#earliestNs) this.#earliestNs = timeNs
    if (timeNs > this.#latestNs) this.#latestNs = timeNs
  }

  duplicate(frame: number): void {
    this.#duplicates.add(frame)
  }

  facts(notes: readonly CaptureNote[]): CaptureFacts {
    const first = this.#first
    return {
      packets: this.#packets,
      bytes: this.#bytes,
      firstTime:
        first === undefined ? undefined : new Date(first.seconds * 1000 + Math.floor(first.nanoseconds / 1_000_000)),
      durationNs: this.#latestNs - this.#earliestNs,
      notes,
      interfaces: this.#interfaces.map(({ name, linkType, snapBytes }) => ({ name, linkType, snapBytes })),
      snapped: this.#snapped,
      headersSnapped: this.#headersSnapped,
      malformed: this.#malformed,
      backwards: { count: this.#backwards.count, frames: this.#backwards.frames, largestNs: this.#largestStepBackNs },
      duplicates: this.#duplicates,
      droppedByCapture:
        this.#dropped.size === 0 ? undefined : [...this.#dropped.values()].reduce((sum, dropped) => sum + dropped, 0),
      unknownLinkTypes: this.#unknownLinkTypes,
    }
  }
}
