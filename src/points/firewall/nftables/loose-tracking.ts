import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { messageOf, TidegateError } from '#kernel'
import { refusalOfNft } from '#net'

const SETTING = '/proc/sys/net/netfilter/nf_conntrack_tcp_loose'

/**
 * Connection tracking takes packets in the middle of a connection that it does not know for a part of one. Beside a proxy it
 * must not: who never connected would be let through.
 */
export class LooseTracking {
  #before: string | undefined

  /** @throws TidegateError ERR_NFTABLES_FAILED where the setting cannot be changed */
  forbid(): void {
    if (this.#before !== undefined) return
    // Where tracking is a module of the kernel, whoever asks for it loads it.
    if (!existsSync(SETTING)) refusalOfNft('table inet tidegate { chain probe { ct state new; }; }')
    try {
      const before = readFileSync(SETTING, 'latin1').trim()
      if (before !== '0') writeFileSync(SETTING, '0')
      this.#before = before
    } catch (cause) {
      throw new TidegateError('ERR_NFTABLES_FAILED', `a proxy for connections needs ${SETTING}: ${messageOf(cause)}`, {
        source: 'environment',
        remedy: `Set it to 0 (\`sysctl net.netfilter.nf_conntrack_tcp_loose=0\`), or leave \`synproxy\` out.`,
        cause,
      })
    }
  }

  /** Puts it back as it was found. */
  restore(): void {
    if (this.#before !== undefined && this.#before !== '0') writeFileSync(SETTING, this.#before)
    this.#before = undefined
  }
}
