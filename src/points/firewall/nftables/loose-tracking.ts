import { existsSync } from 'node:fs'
import { messageOf, TidegateError } from '#kernel'
import { refusalOfNft } from '#net'
import { changeSetting, restoreSetting } from '../kernel-settings.ts'

const SETTING = 'net/netfilter/nf_conntrack_tcp_loose'

/**
 * Connection tracking takes packets in the middle of a connection that it does not know for a part of one. Beside a proxy it
 * must not: who never connected would be let through.
 */
export class LooseTracking {
  #isForbidden = false

  /** @throws TidegateError ERR_NFTABLES_FAILED where the setting cannot be changed */
  forbid(): void {
    if (this.#isForbidden) return
    // Where tracking is a module of the kernel, whoever asks for it loads it.
    if (!existsSync(`/proc/sys/${SETTING}`)) refusalOfNft('table inet tidegate { chain probe { ct state new; }; }')
    try {
      changeSetting(SETTING, '0')
      this.#isForbidden = true
    } catch (cause) {
      const what = `a proxy for connections needs /proc/sys/${SETTING}`
      throw new TidegateError('ERR_NFTABLES_FAILED', `${what}: ${messageOf(cause)}`, {
        source: 'environment',
        remedy: `Set it to 0 (\`sysctl net.netfilter.nf_conntrack_tcp_loose=0\`), or leave \`synproxy\` out.`,
        cause,
      })
    }
  }

  /** Puts it back as it was found. */
  restore(): void {
    if (this.#isForbidden) restoreSetting(SETTING)
    this.#isForbidden = false
  }
}
