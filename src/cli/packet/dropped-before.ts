import type { NetworkInterface } from '#net'

/** What a capture on these interfaces does not see, in words: it stands behind XDP, which may throw packets away. */
export function droppedBefore(
  names: readonly string[],
  interfaces: readonly Pick<NetworkInterface, 'name' | 'xdpPrograms'>[],
): string[] {
  return interfaces
    .filter(({ name, xdpPrograms }) => names.includes(name) && xdpPrograms.length > 0)
    .map(
      ({ name }) =>
        `what the XDP program on ${name} drops is not seen here: \`tidegate packet top\` and \`tidegate event list\` ` +
        'have samples of it',
    )
}
