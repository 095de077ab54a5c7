import { takeFirewallOff } from '#points'
import { EXIT, type ExitCode } from '../exit-code.ts'

/** Does what `tidegate firewall off` says: it needs no configuration, no server and no network. */
export function runFirewallOff(options: { readonly json?: boolean }): ExitCode {
  const taken = takeFirewallOff()
  if (options.json === true) process.stdout.write(`${JSON.stringify({ interfaces: taken })}\n`)
  else if (taken.length === 0) process.stdout.write('no packet rule of Tidegate was in force\n')
  else
    process.stdout.write(`packets pass on ${taken.join(', ')}; a running Tidegate filters again when it is restarted\n`)
  return EXIT.ok
}
