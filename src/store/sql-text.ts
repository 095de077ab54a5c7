/** A name as a quoted SQL identifier. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A string literal. Only for texts that are ours (paths, column names): what users write is bound. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
