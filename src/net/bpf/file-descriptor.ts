import { closeSync, readFileSync } from 'node:fs'
import { Attributes, COMMAND } from './call.ts'

/** What the kernel keeps while somebody holds a file descriptor of it, or a pin: a map, a program or a link. */
export class KernelObject {
  readonly fd: number
  #open = true

  constructor(fd: number) {
    this.fd = fd
  }

  /**
   * Keeps the object alive under a path of a mounted bpffs, so that it survives this process.
   *
   * @throws TidegateError ERR_BPF_FAILED
   */
  pin(path: string): void {
    const name = Buffer.from(`${path}\0`)
    const what = `cannot pin to ${path} (is bpffs mounted there? \`mount -t bpf bpf /sys/fs/bpf\`)`
    new Attributes(16).point(0, name).set32(8, this.fd).run(COMMAND.pin, what)
  }

  /** Gives the object back, unless it is pinned or in use. */
  close(): void {
    if (!this.#open) return
    this.#open = false
    closeSync(this.fd)
  }

  /** A line of what the kernel says about the descriptor, as a number; 0 when it does not say. */
  protected fact(name: string): number {
    const text = readFileSync(`/proc/self/fdinfo/${this.fd}`, 'latin1')
    return Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(text)?.[1] ?? 0)
  }
}

/** The descriptor of what is pinned at a path; undefined when nothing is. @throws TidegateError ERR_BPF_FAILED */
export function openPinned(path: string): number | undefined {
  const attributes = new Attributes(16).point(0, Buffer.from(`${path}\0`))
  const result = attributes.try(COMMAND.getPinned)
  return result === -2 ? undefined : result < 0 ? attributes.run(COMMAND.getPinned, `cannot open ${path}`) : result
}
