import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { join, parse } from 'node:path'
import { type InterfaceOptions, PcapngWriter, type WrittenPacket } from '#wire'

export interface CaptureFilesOptions {
  /** Where to write; `-` is standard output. With several files their names are made from it. */
  readonly file: string
  readonly interfaces: readonly InterfaceOptions[]
  readonly application: string
  /** A further file is begun after so many bytes, or seconds. */
  readonly fileBytes?: number | undefined
  readonly fileSeconds?: number | undefined
  /** How many files are kept: the oldest goes when there are more. Without, one file is written. */
  readonly files?: number | undefined
}

const STANDARD_OUTPUT = 1

/** Writes packets into one pcapng file, or into a ring of files of which the newest stay. */
export class CaptureFiles {
  readonly #options: CaptureFilesOptions
  readonly #kept: string[] = []
  #writer: PcapngWriter | undefined
  #descriptor = -1
  #fileBytes = 0
  #openedAtMs = 0
  #number = 0
  /** Bytes of all files, also of those that are gone. */
  writtenBytes = 0

  constructor(options: CaptureFilesOptions) {
    this.#options = options
  }

  /** Files that are there now, oldest first. */
  get kept(): readonly string[] {
    return this.#kept
  }

  /** `interfaceNumber` is the place of the interface in the options. */
  packet(interfaceNumber: number, packet: WrittenPacket, nowMs: number): void {
    if (this.#writer === undefined || this.#isFull(nowMs)) this.#begin(nowMs)
    this.#writer?.packet(interfaceNumber, packet)
  }

  /** Hands what is held to the file, so that a reader sees it. */
  flush(): void {
    this.#writer?.end()
  }

  /** Ends the last file. A capture without a packet is a file without one. */
  close(nowMs: number): void {
    if (this.#writer === undefined) this.#begin(nowMs)
    this.#end()
  }

  #isFull(nowMs: number): boolean {
    const { files, fileBytes = Infinity, fileSeconds = Infinity } = this.#options
    if (files === undefined) return false
    return this.#fileBytes >= fileBytes || nowMs - this.#openedAtMs >= fileSeconds * 1000
  }

  #begin(nowMs: number): void {
    this.#end()
    const { file, files, interfaces, application } = this.#options
    const name = files === undefined ? file : ringName(file, ++this.#number, nowMs)
    const descriptor = name === '-' ? STANDARD_OUTPUT : openSync(name, 'w', 0o600)
    this.#descriptor = descriptor
    this.#openedAtMs = nowMs
    this.#fileBytes = 0
    if (name !== '-') this.#kept.push(name)
    if (files !== undefined && this.#kept.length > files) rmSync(this.#kept.shift() ?? '', { force: true })
    this.#writer = new PcapngWriter((piece) => this.#write(descriptor, piece), application)
    for (const each of interfaces) this.#writer.addInterface(each)
  }

  #write(descriptor: number, piece: Uint8Array): void {
    for (let at = 0; at < piece.length;) at += writeSync(descriptor, piece, at)
    this.#fileBytes += piece.length
    this.writtenBytes += piece.length
  }

  #end(): void {
    if (this.#writer === undefined) return
    this.#writer.end()
    this.#writer = undefined
    if (this.#descriptor !== STANDARD_OUTPUT) closeSync(this.#descriptor)
  }
}

/** `NAME-00001-20261122T083000Z.pcapng`: sorts by time. */
function ringName(file: string, number: number, nowMs: number): string {
  const { dir, name, ext } = parse(file)
  const time = new Date(nowMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')
  return join(dir, `${name}-${String(number).padStart(5, '0')}-${time}Z${ext === '' ? '.pcapng' : ext}`)
}
