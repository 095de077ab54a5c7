const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

/**
 * Text that is safe on a terminal: control and bidirectional characters, which could move the cursor, hide or forge
 * lines, are shown as `\xHH` or `\uHHHH`. What a client sent must never speak to the terminal of the person who reads it.
 */
export function printable(text: string): string {
  return text.replace(UNSAFE, (character) => {
    const code = character.charCodeAt(0)
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
  })
}
