/** A start that cannot go on, with a message that says what to do. */
export function bootstrapFault(message) {
  return Object.assign(new Error(message), { code: 'ERR_BOOTSTRAP' })
}
