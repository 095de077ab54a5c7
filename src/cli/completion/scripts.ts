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
  local word="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path="" words="" flags="" files=""
  local i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in -*) ;; *) path="$path \${COMP_WORDS[i]}" ;; esac
  done
  COMPREPLY=()
  case "\${path# } $previous" in
${valueCases(tree, (choices) => (choices.length === 0 ? 'return' : `COMPREPLY=($(compgen -W "${choices.join(' ')}" -- "$word")); return`))}
  esac
  case "\${path# }" in
${bashCases(tree)}
  esac
  if [[ "$word" == -* ]]; then words="$flags"
  elif [[ -z "$words$files$word" ]]; then words="$flags"
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _tidegate tidegate
`
}

/** The longest path first: a command stands behind its arguments as well. */
function longestFirst(tree: readonly CompletionEntry[]): readonly CompletionEntry[] {
  return tree.toSorted((a, b) => b.path.length - a.path.length)
}

/** What follows an option that takes a value, as cases over path and option: its choices, else a file or anything. */
function valueCases(tree: readonly CompletionEntry[], offer: (choices: readonly string[]) => string): string {
  const lines = longestFirst(tree).flatMap(({ path, options }) => {
    const valued = options.filter(({ takesValue }) => takesValue)
    return [...Map.groupBy(valued, ({ choices }) => choices.join(' '))].map(([choices, group]) => {
      const flags = group.flatMap((option) => option.flags)
      const patterns = flags.map((flag) => `"${path.join(' ')}"*" ${flag}"`)
      return `    ${patterns.join('|')}) ${offer(choices === '' ? [] : choices.split(' '))} ;;`
    })
  })
  return lines.join('\n')
}

function bashCases(tree: readonly CompletionEntry[]): string {
  return longestFirst(tree)
    .map(({ path, commands, options, choices, takesFile }) => {
      const words = [...commands.map(({ name }) => name), ...choices].join(' ')
      const flags = options.flatMap((option) => option.flags).join(' ')
      const pattern = path.length === 0 ? '*' : `"${path.join(' ')}"*`
      return `    ${pattern}) words="${words}" flags="${flags}" files="${takesFile ? 'yes' : ''}" ;;`
    })
    .join('\n')
}

function zshScript(tree: readonly CompletionEntry[]): string {
  return `#compdef tidegate
_tidegate() {
  local given="" files="" i
  for ((i = 2; i < CURRENT; i++)); do
    [[ "\${words[i]}" == -* ]] || given="$given \${words[i]}"
  done
  local -a offers flags
  case "\${given# } \${words[CURRENT-1]}" in
${valueCases(tree, (choices) => (choices.length === 0 ? '_files; return' : `offers=(${choices.map(quote).join(' ')}); _describe value offers; return`))}
  esac
  case "\${given# }" in
${zshCases(tree)}
  esac
  if [[ "\${words[CURRENT]}" == -* ]]; then _describe option flags
  elif (( \${#offers} )); then _describe tidegate offers
  elif [[ -z "$files\${words[CURRENT]}" ]]; then _describe option flags
  else _files
  fi
}
# Loaded from fpath this file is the function itself; sourced it only defines it.
if [[ "\${funcstack[1]}" == _tidegate ]]; then _tidegate; else compdef _tidegate tidegate; fi
`
}

function zshCases(tree: readonly CompletionEntry[]): string {
  return longestFirst(tree)
    .map(({ path, commands, options, choices, takesFile }) => {
      const offers = [...commands.map(({ name, help }) => `${name}:${help}`), ...choices]
      const flags = options.flatMap((option) => option.flags.map((flag) => `${flag}:${option.help}`))
      const pattern = path.length === 0 ? '*' : `"${path.join(' ')}"*`
      const [offered, flagged] = [offers, flags].map((each) => each.map(quote).join(' '))
      return `    ${pattern}) offers=(${offered}) flags=(${flagged}) files="${takesFile ? 'yes' : ''}" ;;`
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
