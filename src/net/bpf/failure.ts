import { getSystemErrorName } from 'node:util'
import { TidegateError } from '#kernel'

/** What an operator can do about the usual refusals of the kernel. */
const REMEDIES: Readonly<Record<string, string>> = {
  EPERM:
    'Run the firewall as root, or give it CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN (before Linux 5.8: CAP_SYS_ADMIN, and `ulimit -l unlimited`).',
  EACCES: 'The verifier of the kernel refused the program; its last lines say why. This is a fault of Tidegate.',
  ENOMEM:
    'The kernel has no memory for it: allow the process more (MemoryMax of its unit, `ulimit -l`), or make lists smaller.',
  E2BIG: 'It is full or too large: allow more entries.',
  ENOSPC: 'It is full: allow more entries.',
  EBUSY: 'Another program is attached to this interface: take it off first (`ip link show` names it).',
  ENODEV: 'There is no such interface: `ip link` lists them.',
  EOPNOTSUPP: 'The driver of this interface does not support it: use generic XDP, or nftables.',
  ENOSYS: 'This kernel was built without eBPF: use nftables.',
}

/** The error of a system call that said `errno` while doing `what`. `detail` goes below the message. */
export function bpfFailure(what: string, errno: number, detail?: string, ownRemedy?: string): TidegateError {
  const name = getSystemErrorName(-errno)
  const remedy = ownRemedy ?? REMEDIES[name]
  return new TidegateError('ERR_BPF_FAILED', `${what}: ${name}${detail === undefined ? '' : `\n${detail}`}`, {
    source: 'environment',
    ...(remedy === undefined ? {} : { remedy }),
    cause: { errno, name },
  })
}
