import type { RandomNumbers } from '../random.ts'
import type { Frame } from './frame.ts'

/** A frame at a time. */
export interface TimedFrame extends Frame {
  readonly timeMs: number
}

/** A kind of traffic: gives the frames of a span of time. */
export interface Traffic {
  frames(fromMs: number, toMs: number, random: RandomNumbers): Iterable<TimedFrame>
}

/** How many arrivals there are when `expected` are to be expected. */
function arrivals(expected: number, random: RandomNumbers): number {
  if (expected > 40) return Math.max(0, Math.round(expected + Math.sqrt(expected) * normal(random)))
  const bound = Math.exp(-expected)
  let count = 0
  for (let product = random.next(); product > bound; product *= random.next()) count++
  return count
}

function normal(random: RandomNumbers): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next())
}

/** Independent frames at a rate of packets a second, which may change with time. */
export function spray(rate: number | ((timeMs: number) => number), make: (random: RandomNumbers) => Frame): Traffic {
  return {
    *frames(fromMs, toMs, random) {
      const now = typeof rate === 'number' ? rate : rate(fromMs)
      const count = arrivals((now * (toMs - fromMs)) / 1000, random)
      for (let index = 0; index < count; index++)
        yield { timeMs: fromMs + random.next() * (toMs - fromMs), ...make(random) }
    },
  }
}

/** One end of a conversation: makes its next frame, and says after how many milliseconds it comes; undefined when it is over. */
export interface Conversation {
  next(random: RandomNumbers): { readonly frame: Frame; readonly pauseMs: number } | undefined
}

/** Conversations that begin at a rate, or are there from the start. */
export function conversations(
  perSecond: number | ((timeMs: number) => number),
  standing: number,
  begin: (random: RandomNumbers) => Conversation,
): Traffic {
  let active: { readonly conversation: Conversation; atMs: number }[] | undefined
  return {
    *frames(fromMs, toMs, random) {
      active ??= Array.from({ length: standing }, () => ({
        conversation: begin(random),
        atMs: fromMs + random.next() * 100,
      }))
      const rate = typeof perSecond === 'number' ? perSecond : perSecond(fromMs)
      for (let left = arrivals((rate * (toMs - fromMs)) / 1000, random); left > 0; left--) {
        active.push({ conversation: begin(random), atMs: fromMs + random.next() * (toMs - fromMs) })
      }
      const going: typeof active = []
      for (const entry of active) {
        let isGoing = true
        while (isGoing && entry.atMs < toMs) {
          const step = entry.conversation.next(random)
          if (step === undefined) isGoing = false
          else {
            yield { timeMs: Math.max(fromMs, entry.atMs), ...step.frame }
            entry.atMs += step.pauseMs
          }
        }
        if (isGoing) going.push(entry)
      }
      active = going
    },
  }
}
