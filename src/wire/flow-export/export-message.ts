import type { IpAddress } from '../ip.ts'
import type { Exporter } from './exporter.ts'
import type { FlowProtocol } from './flow-record.ts'
import type { Template } from './template.ts'

/** Why a datagram could not be read to its end. */
export type ExportFault =
  | 'head' // Shorter than its head, or with an agent of an unknown address family.
  | 'length' // Another length than its head says.
  | 'set' // A set that leads outside of the datagram, or is of a kind that the version does not have.
  | 'template' // A template without fields, with too many, or that is cut off.
  | 'sample' // An sFlow sample that leads outside of the datagram, or is too short.

/** What the head of a datagram says, and how its reading ended. One object is used for all datagrams. */
export interface ExportMessage {
  readonly protocol: FlowProtocol
  /** Source address of the datagram; of sFlow the agent that it names. */
  readonly exporter: IpAddress
  /** Observation domain, source id, engine or sub-agent. */
  readonly domain: number
  readonly sequence: number
  /** When it was exported, in milliseconds since the Unix epoch; -1 when it does not say. */
  readonly exportMs: number
  /** How long the exporter was running, in milliseconds; -1 when it does not say. */
  readonly uptimeMs: number
  readonly fault: ExportFault | undefined
}

/** Is told what there is to know about exporters besides their flows. */
export interface ExportObserver {
  /** Behind each datagram of a known version. */
  onMessage(stream: Exporter, message: ExportMessage): void
  /** A template that is new, or says something else than the one before of its number. */
  onTemplate(stream: Exporter, template: Template, previous: Template | undefined): void
  /** A data set whose template is not known. */
  onMissingTemplate(stream: Exporter, id: number): void
  /** One packet of so many is looked at from now on. */
  onSamplingChange(stream: Exporter, before: number, after: number): void
}
