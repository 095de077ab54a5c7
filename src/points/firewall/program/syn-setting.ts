import { accessSync, constants } from 'node:fs'
import { messageOf, TidegateError } from '#kernel'
import { changeSetting, restoreSetting } from '../kernel-settings.ts'

const SETTING = 'net/ipv4/tcp_syncookies'
/** The network stack takes cookies whether or not it is short of memory; for both families. */
const ALWAYS = '2'

/** Whether we may change the setting here: in a container, perhaps not. */
export function canTurnOnCookies(): boolean {
  try {
    accessSync(`/proc/sys/${SETTING}`, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** The setting of the kernel by which its network stack takes cookies that our programs gave. */
export class SynCookieSetting {
  #isOn = false

  /** @throws TidegateError ERR_BPF_FAILED where the setting cannot be changed */
  turnOn(): void {
    if (this.#isOn) return
    try {
      changeSetting(SETTING, ALWAYS)
      this.#isOn = true
    } catch (cause) {
      throw new TidegateError('ERR_BPF_FAILED', `SYN cookies need /proc/sys/${SETTING}: ${messageOf(cause)}`, {
        source: 'environment',
        remedy: `Set it to ${ALWAYS} (\`sysctl net.ipv4.tcp_syncookies=${ALWAYS}\`), or leave \`syn_cookie\` out.`,
        cause,
      })
    }
  }

  /** Puts it back as it was found. */
  restore(): void {
    if (this.#isOn) restoreSetting(SETTING)
    this.#isOn = false
  }
}
