import type { Command } from 'commander'

/** One command for completion: its words after `tidegate`, what may follow, and whether file names may. */
export interface CompletionEntry {
  readonly path: readonly string[]
  readonly help: string
  readonly commands: readonly { readonly name: string; readonly help: string }[]
  readonly options: readonly {
    readonly flags: readonly string[]
    readonly help: string
    /** A value has to follow. */
    readonly takesValue: boolean
    readonly choices: readonly string[]
  }[]
  readonly choices: readonly string[]
  readonly takesFile: boolean
}

/** Names of arguments that may be files. */
const FILE_ARGUMENTS: ReadonlySet<string> = new Set(['file', 'a', 'b', 'rule', 'directory'])

/** Every command of the program, the program itself first. */
export function completionTree(program: Command): readonly CompletionEntry[] {
  return entries(program, [])
}

function entries(command: Command, path: readonly string[]): readonly CompletionEntry[] {
  const children = command.commands.filter((child) => child.name() !== 'help')
  const own: CompletionEntry = {
    path,
    help: command.description(),
    commands: children.map((child) => ({ name: child.name(), help: child.description() })),
    options: command.options.map((option) => ({
      flags: [option.short, option.long].filter((flag) => flag !== undefined),
      help: option.description,
      takesValue: option.required,
      choices: option.argChoices ?? [],
    })),
    choices: command.registeredArguments.flatMap((argument) => argument.argChoices ?? []),
    takesFile: command.registeredArguments.some((argument) => FILE_ARGUMENTS.has(argument.name())),
  }
  return [own, ...children.flatMap((child) => entries(child, [...path, child.name()]))]
}
