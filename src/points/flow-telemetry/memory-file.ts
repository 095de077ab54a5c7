import { existsSync, readFileSync } from 'node:fs'
import { writeFileAtomically } from '#config'
import { messageOf } from '#kernel'
import type { ExporterMemory } from '#wire'
import { z } from 'zod'

const NUMBER = z.int().min(-1)

const TEMPLATE = z.object({
  id: z.int().min(256).max(0xffff),
  isOptions: z.boolean(),
  fields: z
    .array(z.object({ element: NUMBER, enterprise: NUMBER, lengthBytes: z.int().min(0).max(0xffff) }))
    .min(1)
    .max(512)
    .refine((fields) => fields.some(({ lengthBytes }) => lengthBytes > 0)),
})

const RATES = z.array(z.tuple([NUMBER, z.number().min(-1)]))

const MEMORY = z.array(
  z.object({
    key: z.string(),
    templates: z.array(TEMPLATE),
    samplingRate: z.number().min(-1),
    samplers: RATES,
    interfaceRates: RATES.default([]),
    systemInitMs: z.number().min(-1),
  }),
)

/** What was known of exporters when the last collector ended, or why that cannot be read; nothing when there is no file. */
export function readMemory(file: string): { readonly memory: readonly ExporterMemory[]; readonly fault?: string } {
  if (!existsSync(file)) return { memory: [] }
  try {
    return { memory: MEMORY.parse(JSON.parse(readFileSync(file, 'utf8'))) }
  } catch (error) {
    return { memory: [], fault: `${file} is not used, exporters send their templates again: ${messageOf(error)}` }
  }
}

/** Replaces the file in one step: a kill leaves the old one or the new one. */
export function writeMemory(file: string, memory: readonly ExporterMemory[]): void {
  writeFileAtomically(file, JSON.stringify(memory))
}
