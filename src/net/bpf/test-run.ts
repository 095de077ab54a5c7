import { Attributes, COMMAND, ERRNO } from './call.ts'
import { bpfFailure } from './failure.ts'
import type { LoadedProgram } from './program.ts'

const LIVE_FRAMES = 2
const CONTEXT_BYTES = 24
const RETRY_LIMIT = 20

/** A child process that ends interrupts the call; the kernel may be asked again. */
function patient(attributes: Attributes, what: string): void {
  for (let retries = 0; ; retries++) {
    const result = attributes.try(COMMAND.testRun)
    if (result >= 0) return
    if (result !== -ERRNO.EINTR || retries === RETRY_LIMIT) throw bpfFailure(what, -result)
  }
}

/** Runs one program on frames that come from no interface and go nowhere. One object for many frames. */
export class TestRun {
  readonly #program: LoadedProgram
  readonly #attributes: Attributes

  constructor(program: LoadedProgram) {
    this.#program = program
    this.#attributes = new Attributes(80).set32(0, program.fd)
  }

  /**
   * What the program returns for an Ethernet frame of at least 14 bytes, run `repeat` times. The frame itself is not
   * changed.
   *
   * @throws TidegateError ERR_BPF_FAILED
   */
  run(frame: Buffer, repeat: number = 1): number {
    this.#attributes.set32(8, frame.length).set32(12, 0).point(16, frame).set32(32, repeat)
    patient(this.#attributes, `cannot run the program ${this.#program.name} on ${frame.length} bytes`)
    return this.#attributes.get32(4)
  }

  /** The same, with the frame as the program left it. */
  transform(frame: Buffer): { readonly result: number; readonly frame: Buffer } {
    const output = Buffer.alloc(frame.length + 512)
    const attributes = new Attributes(80).set32(0, this.#program.fd).set32(8, frame.length).set32(12, output.length)
    attributes.point(16, frame).point(24, output).set32(32, 1)
    patient(attributes, `cannot run the program ${this.#program.name} on ${frame.length} bytes`)
    return { result: attributes.get32(4), frame: output.subarray(0, attributes.get32(12)) }
  }
}

/** The kernel looks for signals between batches only. */
const BATCH_FRAMES = 256

/**
 * Runs a program on copies of a frame as if an interface had received them, and does what the program says: frames that it
 * passes go up the network stack. The interface needs an XDP program of its own when its driver is a veth. Up to 256 copies
 * are exact; of more, some may come twice when a child process ends meanwhile.
 *
 * @throws TidegateError ERR_BPF_FAILED
 */
export function receiveFrames(program: LoadedProgram, frame: Buffer, interfaceIndex: number, repeat: number = 1): void {
  const context = Buffer.alloc(CONTEXT_BYTES)
  context.writeUInt32LE(frame.length, 4)
  context.writeUInt32LE(interfaceIndex, 12)
  const attributes = new Attributes(80).set32(0, program.fd).set32(8, frame.length).point(16, frame).set32(32, repeat)
  attributes.set32(40, CONTEXT_BYTES).point(48, context).set32(64, LIVE_FRAMES)
  attributes.set32(72, Math.min(repeat, BATCH_FRAMES))
  patient(attributes, `cannot inject ${frame.length} bytes`)
}
