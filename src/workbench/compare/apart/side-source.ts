import type { StoreLine } from '#store'
import { MemoryPopulation } from '../population/memory-population.ts'
import { openPopulation } from '../population/open-population.ts'
import type { FactRow } from '../population/fact-row.ts'
import type { Population } from '../population/population.ts'
import { StorePopulation, type StoreScope } from '../population/store-population.ts'
import type { TimeWindow } from '../population/time-window.ts'

/** Where the rows of one side come from, in a form that can be posted to another thread. */
export type SideSource =
  | { readonly from: 'file'; readonly path: string; readonly window?: TimeWindow | undefined }
  | { readonly from: 'log'; readonly scope: StoreScope }
  | { readonly from: 'rows'; readonly rows: readonly FactRow[]; readonly notes: readonly string[] }

/**
 * The rows themselves.
 * @param line to the event log; needed for what comes from there
 * @throws TidegateError ERR_USAGE when a file cannot be read
 */
export async function openSide(source: SideSource, line: Pick<StoreLine, 'query'> | undefined): Promise<Population> {
  switch (source.from) {
    case 'file':
      return openPopulation(source.path, source.window)
    case 'rows':
      return new MemoryPopulation(source.rows, source.notes)
    case 'log':
      return new StorePopulation(line!, source.scope)
  }
}
