/** What is wrong with the machine rather than with Tidegate, by the code of a system call, and what to do about it. */
const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: 'Make room on the disk of the folder `data`, or set `data` to another one.',
  EDQUOT: 'Make room in the quota of the user that runs Tidegate, or set `data` to a folder elsewhere.',
  EROFS: 'Mount the disk so that it can be written, or set `data` to a folder elsewhere.',
  EIO: 'The disk fails: look at the log of the kernel.',
  EMFILE: 'Allow the process more open files, with `ulimit -n` or `LimitNOFILE=` of systemd.',
  ENFILE: 'Allow the machine more open files, with `sysctl fs.file-max`.',
  ENOMEM: 'Give the machine, or the control group of Tidegate, more memory.',
}

/** What a person can do about an error that a system call gave; undefined when it says nothing of the machine. */
export function environmentRemedy(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown) || typeof thrown.code !== 'string') return undefined
  return REMEDIES[thrown.code]
}
