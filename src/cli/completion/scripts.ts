import type { Command } from 'commander'
import type { Shell } from './shells.ts'
import { type CompletionEntry, completionTree } from './tree.ts'

const WRITERS: Readonly<Record<Shell, (tree: readonly CompletionEntry[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
}

/** The completion script of a shell for all commands of `program`. */
export function completionScript(shell: Shell, program: Command): string {
  return WRITERS[shell](completionTree(program))
}

function bashScript(tree: readonly CompletionEntry[]): string {
  return `# bash completion for tidegate
_tidegate() {
  local word="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path="" words=""
  local i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in -*) ;; *) path="$path \${COMP_WORDS[i]}" ;; esac
  done
  case "\${path# }" in
${bashCases(tree)}
  esac
  case "$previous" in --config|-c|--input|-i) words="" ;; esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _tidegate tidegate
`
}

function bashCases(tree: readonly CompletionEntry[]): string {
  // The longest path first: a command stands behind its arguments as well.
  return tree
    .toSorted((a, b) => b.path.length - a.path.length)
    .map(({ path, commands, options, choices }) => {
      const words = [...commands.map(({ name }) => name), ...choices, ...options.flatMap(({ flags }) => flags)]
      return `    ${path.length === 0 ? '*' : `"${path.join(' ')}"*`}) words="${words.join(' ')}" ;;`
    })
    .join('\n')
}

function zshScript(tree: readonly CompletionEntry[]): string {
  return `#compdef tidegate
_tidegate() {
  local given="" i
  for ((i = 2; i < CURRENT; i++)); do
    [[ "\${words[i]}" == -* ]] || given="$given \${words[i]}"
  done
  local -a offers
  case "\${given# }" in
${zshCases(tree)}
  esac
  [[ "\${words[CURRENT-1]}" == (--config|-c|--input|-i) ]] && { _files; return; }
  _describe tidegate offers || _files
}
# Loaded from fpath this file is the function itself; sourced it only defines it.
if [[ "\${funcstack[1]}" == _tidegate ]]; then _tidegate; else compdef _tidegate tidegate; fi
`
}

function zshCases(tree: readonly CompletionEntry[]): string {
  return tree
    .toSorted((a, b) => b.path.length - a.path.length)
    .map(({ path, commands, options, choices }) => {
      const offers = [
        ...commands.map(({ name, help }) => `${name}:${help}`),
        ...choices,
        ...options.flatMap(({ flags, help }) => flags.map((flag) => `${flag}:${help}`)),
      ]
      const pattern = path.length === 0 ? '*' : `"${path.join(' ')}"*`
      return `    ${pattern}) offers=(${offers.map(quote).join(' ')}) ;;`
    })
    .join('\n')
}

function fishScript(tree: readonly CompletionEntry[]): string {
  const lines = tree.flatMap(({ path, commands, options, choices }) => {
    const seen = path.map((word) => `__fish_seen_subcommand_from ${word}`)
    const names = commands.map(({ name }) => name)
    const none = names.length === 0 ? [] : [`not __fish_seen_subcommand_from ${names.join(' ')}`]
    const here = quote([...seen, ...none].join('; and '))
    const condition = seen.length + none.length === 0 ? '' : ` -n ${here}`
    return [
      ...commands.map(({ name, help }) => `complete -c tidegate -f${condition} -a ${name} -d ${quote(help)}`),
      ...choices.map((choice) => `complete -c tidegate -f${condition} -a ${choice}`),
      ...options.map(({ flags, help, choices: values }) => {
        const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`))
        const argument = values.length === 0 ? '' : ` -x -a ${quote(values.join(' '))}`
        return `complete -c tidegate${condition} ${names.join(' ')}${argument} -d ${quote(help)}`
      }),
    ]
  })
  return `# fish completion for tidegate\n${lines.join('\n')}\n`
}

/** A word in single quotes, as all three shells read it. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
