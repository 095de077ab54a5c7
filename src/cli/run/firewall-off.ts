import { takeFirewallOff } from '#points'
import { EXIT, type ExitCode } from '../exit-code.ts'

/** Does what `tidegate firewall off` says: it needs no configuration, no server and no network. */
export function runFirewallOff(options: { readonly json?: boolean }): ExitCode {
  const { interfaces, hadTable, settings } = takeFirewallOff()
  const back = settings.map((name) => `${name.replaceAll('/', '.')} is as it was\n`).join('')
  const where = [
    ...(interfaces.length === 0 ? [] : [`on ${interfaces.join(', ')}`]),
    ...(hadTable ? ['the table tidegate of nftables is gone'] : []),
  ]
  if (options.json === true) process.stdout.write(`${JSON.stringify({ interfaces, nftables: hadTable, settings })}\n`)
  else if (where.length === 0) process.stdout.write(`no packet rule of Tidegate was in force\n${back}`)
  else
    process.stdout.write(
      `packets pass ${where.join(', and ')}; a running Tidegate filters again when it is restarted\n${back}`,
    )
  return EXIT.ok
}
