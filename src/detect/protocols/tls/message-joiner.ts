const HEAD_BYTES = 4
/** No honest handshake message is longer: large chains have some 10 KiB. */
const MESSAGE_BYTES = 128 * 1024

/** Takes a message: its type, and its body from `start` up to `end`, valid during the call only. */
type MessageVisitor = (type: number, bytes: Buffer, start: number, end: number) => void

/** Cuts what the records of a handshake hold into messages, which may go over several records, or share one. */
export class MessageJoiner {
  #kept: Buffer = Buffer.alloc(0)

  /** False when a message is longer than any honest one. */
  feed(contents: Buffer, visit: MessageVisitor): boolean {
    const bytes = this.#kept.length === 0 ? contents : Buffer.concat([this.#kept, contents])
    let at = 0
    while (bytes.length - at >= HEAD_BYTES) {
      const end = at + HEAD_BYTES + bytes.readUIntBE(at + 1, 3)
      if (end - at > MESSAGE_BYTES) return false
      if (end > bytes.length) break
      visit(bytes[at], bytes, at + HEAD_BYTES, end)
      at = end
    }
    this.#kept = Buffer.from(bytes.subarray(at))
    return true
  }

  /** What was kept does not go on. */
  reset(): void {
    this.#kept = Buffer.alloc(0)
  }
}
