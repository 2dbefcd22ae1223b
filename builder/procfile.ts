/** Heroku's Procfile: the command of the process that visitors reach (pure). */

/** What `web:` says, for a shell that knows `$PORT`; undefined where no process of that name is. */
export function webCommand(procfile: string): string | undefined {
  for (const line of procfile.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/)) {
    const command = /^web[ \t]*:[ \t]*(\S.*)$/.exec(line)?.[1]?.trim()
    if (command !== undefined) return command
  }
  return undefined
}
