import { buildLists } from '#decide'
import { CAPTURE_READERS } from '#detect'
import { TidegateError } from '#kernel'
import { compilePredicate, type Expression } from '#rules'
import { type CapturedPacket, type CaptureNote, CaptureRewriter, Packet } from '#wire'
import { CaptureNotes, feedCapture } from '#workbench'
import { exportsThatTell } from '../capture/flow-condition.ts'
import { CaptureOutput } from '../capture/file-output.ts'
import { CaptureProgress, tellDamage } from '../capture/reading-progress.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { writeOut } from '../output/write.ts'
import { loadLists, parseRuleText } from '../rule-text.ts'

interface CaptureFilterOptions {
  readonly output: string
  readonly flows?: boolean
  readonly keepSecrets?: boolean
  readonly json?: boolean
  readonly config?: string
}

/** Does what `tidegate capture filter FILE EXPRESSION` says. */
export async function runCaptureFilter(path: string, text: string, options: CaptureFilterOptions): Promise<ExitCode> {
  const matches = options.flows === true ? await exportsThatTell(text, options.config) : await condition(text, options)
  const packet = new Packet('deep')
  let packets = 0
  let kept = 0
  const keep = (captured: CapturedPacket): boolean => {
    packets++
    packet.readCaptured(captured)
    const isKept = matches(packet)
    if (isKept) kept++
    return isKept
  }
  const notes = await rewrite(path, options, keep, () => packets)
  tellDamage(path, notes)
  const summary = {
    packets,
    kept,
    damage: notes.map(({ fault, offsetBytes, detail }) => ({ fault, offsetBytes, detail })),
  }
  // Standard output may be the capture itself.
  if (options.json === true && options.output !== '-') await writeOut(`${JSON.stringify(summary, null, 2)}\n`)
  else process.stderr.write(`${kept} of ${packets} packets kept\n`)
  return notes.length === 0 ? EXIT.ok : EXIT.negative
}

async function condition(text: string, { config }: CaptureFilterOptions): Promise<(packet: Packet) => boolean> {
  const lists = await loadLists(config)
  const expression = parsed(text, lists)
  return compilePredicate<Packet>(expression, { readers: CAPTURE_READERS, lists: buildLists(lists) })
}

const ABOUT_FLOWS = /\bflow\./

function parsed(text: string, lists: Parameters<typeof buildLists>[0]): Expression {
  try {
    return parseRuleText(text, lists, 'capture')
  } catch (error) {
    if (!(error instanceof TidegateError) || !ABOUT_FLOWS.test(text)) throw error
    throw new TidegateError(error.code, error.message, {
      source: 'client',
      remedy: 'Add --flows to ask about the flows that exporters tell, in place of packets.',
    })
  }
}

/** Copies a capture as far as `keep` wants it; returns what is wrong with the file. */
async function rewrite(
  path: string,
  options: CaptureFilterOptions,
  keep: (captured: CapturedPacket) => boolean,
  packets: () => number,
): Promise<readonly CaptureNote[]> {
  const output = new CaptureOutput(options.output, path)
  const progress = new CaptureProgress('filtering')
  const notes = new CaptureNotes()
  const keepSecrets = options.keepSecrets === true
  const rewriter = new CaptureRewriter(output.write, { keep, keepSecrets, onNote: (note) => notes.add(note) })
  try {
    const damage = await feedCapture(path, rewriter, {
      onPiece: async (read) => {
        progress.show(read, packets())
        await output.drain()
      },
    })
    const found = notes.finish(path, damage)
    output.close()
    return found
  } catch (error) {
    output.abandon()
    throw error
  } finally {
    progress.end()
  }
}
