import {
  type BuiltField,
  dataSet,
  field,
  ipfix,
  netflow5,
  netflow5Record,
  netflow9,
  netflow9OptionsSet,
  templateSet,
} from '../../../../wire/flow-export/testing/build-exports.ts'
import { Story } from '../../../findings/testing/dialogue.ts'

/** When stories begin, in seconds since the Unix epoch. */
export const STORY_SECONDS = 1_767_000_000

const COLLECTOR = { address: '192.0.2.55', port: 2055, timeToLive: 60 }

/** A flow of 12 packets of a question to a resolver's client. */
export const FLOW: readonly BuiltField[] = [
  field(8, 0xc633_6401, 4),
  field(12, 0xcb00_7105, 4),
  field(7, 53, 2),
  field(11, 40_000, 2),
  field(4, 17, 1),
  field(2, 12, 4),
  field(1, 15_000, 8),
]

interface ExporterOptions {
  readonly port?: number
  readonly collectorPort?: number
  /** What its clock is ahead of the capture. */
  readonly aheadSeconds?: number
  readonly uptimeMs?: number
  readonly domain?: number
}

/** One exporter that sends a datagram each second. */
export class StoryExporter {
  readonly story: Story
  readonly #from: { readonly address: string; readonly port: number; readonly timeToLive: number }
  readonly #to: typeof COLLECTOR
  readonly #domain: number
  #aheadSeconds: number
  #uptimeMs: number
  #seconds: number
  #sequence = 0

  /** @param seconds how long after the begin of the story its first datagram comes */
  constructor(story: Story = new Story(), options: ExporterOptions = {}, seconds: number = 0) {
    const { port = 40_000, collectorPort = COLLECTOR.port, aheadSeconds = 0, uptimeMs = 600_000, domain = 0 } = options
    this.story = story
    this.#from = { address: '192.0.2.254', port, timeToLive: 64 }
    this.#to = { ...COLLECTOR, port: collectorPort }
    this.#aheadSeconds = aheadSeconds
    this.#uptimeMs = uptimeMs
    this.#domain = domain
    this.#seconds = seconds
  }

  send(payload: Buffer, to: number = this.#to.port): this {
    this.story.udp(this.#from, { ...this.#to, port: to }, payload).wait(1000 - 0.02)
    this.#seconds++
    this.#uptimeMs += 1000
    return this
  }

  setClock(aheadSeconds: number): this {
    this.#aheadSeconds = aheadSeconds
    return this
  }

  /** As after power came back. */
  restart(): this {
    this.#uptimeMs = 0
    this.#sequence = 0
    return this
  }

  /** Sequence numbers go on as if so many units had been sent. */
  lose(units: number): this {
    this.#sequence += units
    return this
  }

  /** Datagrams of NetFlow 9, each with these sets. */
  netflow9(times: number, ...sets: readonly Buffer[]): this {
    for (let turn = 0; turn < times; turn++) {
      const head = { ...this.#head(), sequence: this.#sequence++, domain: this.#domain }
      this.send(netflow9(head, ...sets))
    }
    return this
  }

  /** Messages of IPFIX with `records` flows each. */
  ipfix(times: number, records: number, ...sets: readonly Buffer[]): this {
    for (let turn = 0; turn < times; turn++) {
      const { timeSeconds } = this.#head()
      this.send(ipfix({ timeSeconds, sequence: this.#sequence, domain: this.#domain }, ...sets, flows(records)))
      this.#sequence += records
    }
    return this
  }

  /** Datagrams of NetFlow 5 with `records` flows each; `sampling` as the head has it. */
  netflow5(times: number, records: number, sampling: number = 0): this {
    for (let turn = 0; turn < times; turn++) {
      const flow = netflow5Record({
        source: 0xc633_6401,
        destination: 0xcb00_7105,
        packets: 10,
        bytes: 400,
        sourcePort: 1000 + turn,
        destinationPort: 443,
        flags: 2,
        protocol: 6,
      })
      const head = { ...this.#head(), sequence: this.#sequence, sampling }
      this.send(netflow5(head, ...Array.from({ length: records }, () => flow)))
      this.#sequence += records
    }
    return this
  }

  file(): Buffer {
    return this.story.file()
  }

  #head(): { readonly timeSeconds: number; readonly uptimeMs: number } {
    return { timeSeconds: STORY_SECONDS + this.#seconds + this.#aheadSeconds, uptimeMs: this.#uptimeMs }
  }
}

export const TEMPLATE9 = templateSet(0, 256, FLOW)
export const TEMPLATE_IPFIX = templateSet(2, 256, FLOW)

/** A data set with so many flows. */
export function flows(records: number, fields: readonly BuiltField[] = FLOW): Buffer {
  return dataSet(256, ...Array.from({ length: records }, () => fields))
}

/** Says that one packet of so many is looked at. */
export function sampling9(rate: number): Buffer[] {
  const options = [field(1, 1, 4), field(34, rate, 4), field(35, 2, 1)]
  return [netflow9OptionsSet(300, 1, options), dataSet(300, options)]
}
