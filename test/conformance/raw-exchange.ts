import { connect } from 'node:net'
import { type MessageSink, type ResponseHead, ResponseReader } from '#wire'

const LIMITS = { headBytes: 256 * 1024, fieldCount: 1000, trailerBytes: 64 * 1024, chunkExtensionBytes: 4096 }
/** An edge that waits for more of a request than a test sends would wait longer than a test should. */
const SILENCE_MS = 1500

/** Sends bytes on a connection of their own; the head of the last answer, or undefined when there was none in time. */
export function exchange(port: number, bytes: Buffer): Promise<ResponseHead | undefined> {
  return new Promise((resolve) => {
    const answer = new Answer()
    const reader = new ResponseReader(LIMITS, answer)
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
    const finish = (): void => {
      socket.destroy()
      resolve(answer.head)
    }
    socket.setTimeout(SILENCE_MS, finish).on('error', finish).on('end', finish)
    socket.on('data', (piece: Buffer) => {
      for (let at = 0; at >= 0 && at < piece.length && !answer.isWhole;) at = reader.feed(piece, at)
      if (answer.isWhole || reader.refusal !== undefined) finish()
    })
    socket.write(bytes)
  })
}

class Answer implements MessageSink<ResponseHead> {
  head: ResponseHead | undefined = undefined
  isWhole = false

  onHead(head: ResponseHead): void {
    this.head = head
  }

  onBody(): void {}

  onEnd(): void {
    this.isWhole = this.head !== undefined && this.head.status >= 200
  }
}
