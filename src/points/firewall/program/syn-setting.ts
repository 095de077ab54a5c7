import { accessSync, constants, readFileSync, writeFileSync } from 'node:fs'
import { messageOf, TidegateError } from '#kernel'

const SETTING = '/proc/sys/net/ipv4/tcp_syncookies'
/** The network stack takes cookies whether or not it is short of memory; for both families. */
const ALWAYS = '2'

/** Whether we may change the setting here: in a container, perhaps not. */
export function canTurnOnCookies(): boolean {
  try {
    accessSync(SETTING, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** The setting of the kernel by which its network stack takes cookies that our programs gave. */
export class SynCookieSetting {
  #before: string | undefined

  /** @throws TidegateError ERR_BPF_FAILED where the setting cannot be changed */
  turnOn(): void {
    if (this.#before !== undefined) return
    try {
      const before = readFileSync(SETTING, 'latin1').trim()
      if (before !== ALWAYS) writeFileSync(SETTING, ALWAYS)
      this.#before = before
    } catch (cause) {
      throw new TidegateError('ERR_BPF_FAILED', `SYN cookies need ${SETTING}: ${messageOf(cause)}`, {
        source: 'environment',
        remedy: `Set it to ${ALWAYS} (\`sysctl net.ipv4.tcp_syncookies=${ALWAYS}\`), or leave \`syn_cookie\` out.`,
        cause,
      })
    }
  }

  /** Puts it back as it was found. */
  restore(): void {
    if (this.#before !== undefined && this.#before !== ALWAYS) writeFileSync(SETTING, this.#before)
    this.#before = undefined
  }
}
