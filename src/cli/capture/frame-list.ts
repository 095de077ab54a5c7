import { TidegateError } from '#kernel'
import { DISSECTED_FRAMES_LIMIT } from '#net'

/**
 * Frame numbers as `3,7-9` says them.
 * @throws TidegateError ERR_USAGE for anything else, and for more frames than are dissected at a time
 */
export function parseFrameList(text: string): number[] {
  const frames = new Set<number>()
  for (const part of text.split(',')) {
    const match = /^(\d{1,10})(?:-(\d{1,10}))?$/.exec(part.trim())
    const [first, last] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])]
    if (match === null || first < 1 || last < first) throw notFrames(`"${part}" is no frame and no range of frames`)
    if (last - first >= DISSECTED_FRAMES_LIMIT) throw notFrames(`at most ${DISSECTED_FRAMES_LIMIT} frames can be given`)
    for (let frame = first; frame <= last; frame++) frames.add(frame)
  }
  if (frames.size > DISSECTED_FRAMES_LIMIT) throw notFrames(`at most ${DISSECTED_FRAMES_LIMIT} frames can be given`)
  return [...frames]
}

function notFrames(why: string): TidegateError {
  return new TidegateError('ERR_USAGE', `--tshark: ${why}`, {
    source: 'client',
    remedy: 'Give numbers and ranges, counted from 1, such as 3,7-9.',
  })
}
