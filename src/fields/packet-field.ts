import type { Field, FieldType } from './field.ts'

/** Where fields of packets can be read: by the firewall, and in captures. */
const PACKET_POINTS = ['firewall', 'capture'] as const
const CAPTURE_POINTS = ['capture'] as const

type FieldExtras = Pick<Field, 'unit' | 'column' | 'privacy' | 'targets'>

/** A field that is read from the headers of a packet. */
export function packetField(
  name: string,
  type: FieldType,
  help: string,
  example: string,
  extras: FieldExtras = {},
): Field {
  return { name, type, help, example, points: PACKET_POINTS, ...extras }
}

/** A field that only a capture has: the firewall decides about one packet as it is on the wire. */
export function captureField(...definition: Parameters<typeof packetField>): Field {
  return { ...packetField(...definition), points: CAPTURE_POINTS }
}
