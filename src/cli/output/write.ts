import { once } from 'node:events'

/** Writes to standard output and waits while its reader is behind, so that long output needs little memory. */
export async function writeOut(text: string): Promise<void> {
  if (text !== '' && !process.stdout.write(text)) await once(process.stdout, 'drain')
}
