/**
 * What git runs around a push. Written anew at every start, so that neither a lost executable bit nor an edited file
 * turns a check off. Nothing that a user sent is ever evaluated: only `case`, `[` and `printf '%s'` touch it.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Its rule for names is `refProblem` of names.ts. Output reaches the pusher as `remote: …`. */
const preReceive = `#!/bin/sh
LC_ALL=C
export LC_ALL
refused=0
refuse() {
  printf 'Refused: %s\\n%s\\n' "$(printf '%s' "$1" | tr -cd '!-~' | cut -c 1-100)" "$2" >&2
  refused=1
}
while read -r old new ref || [ -n "$ref" ]; do
  case $ref in
    refs/heads/*) name=\${ref#refs/heads/} ;;
    refs/tags/*) name=\${ref#refs/tags/} ;;
    refs/pr/*) refuse "$ref" 'refs/pr/ belongs to the platform. Push a branch: git push origin HEAD:refs/heads/NAME'; continue ;;
    *) refuse "$ref" 'Only branches (refs/heads/) and tags (refs/tags/) can be pushed.'; continue ;;
  esac
  case $new in
    *[!0]*) ;;
    *) [ "$ref" != refs/heads/main ] || refuse "$ref" 'main is what the Space shows and cannot be deleted. Push another commit to it, or delete the Space.' ;;
  esac
  case $name in
    '' | *[!A-Za-z0-9._/+@=#-]*)
      refuse "$ref" 'A name of a branch or tag is made of letters, digits and . _ / + @ = # -' ;;
    -* | .* | */-* | */.*)
      refuse "$ref" 'No part of a name of a branch or tag begins with - or .' ;;
    *..* | *//* | /* | */ | *. | *.lock | *.lock/*)
      refuse "$ref" 'A name of a branch or tag has no .., // or .lock, and no / or . at its end.' ;;
    @ | HEAD)
      refuse "$ref" 'This name has a meaning of its own in git. Rename the branch or tag.' ;;
    *)
      if [ \${#name} -gt 200 ]; then
        refuse "$ref" 'A name of a branch or tag has at most 200 characters.'
      elif [ \${#name} -eq 40 ]; then
        case $name in
          *[!0-9a-f]*) ;;
          *) refuse "$ref" 'This name reads as a commit. Rename the branch or tag.' ;;
        esac
      fi ;;
  esac
done
exit $refused
`

/** Runs once the refs have moved; what it says is all it does. */
const postReceive = `#!/bin/sh
while read -r old new ref || [ -n "$ref" ]; do
  case $new in
    *[!0]*) ;;
    *) continue ;;
  esac
  case $ref in
    refs/heads/main)
      printf '\\n  Watch it build: %s\\n\\n' "$PLAZA_WATCH_URL" ;;
    refs/heads/*)
      printf '\\n  Kept. Only main is built and shown; to publish this branch:\\n    git push %s %s:main\\n\\n' "$PLAZA_WATCH_URL" "\${ref#refs/heads/}" ;;
  esac
done
exit 0
`

export async function writeHooks(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'pre-receive'), preReceive, { mode: 0o755 })
  await writeFile(join(folder, 'post-receive'), postReceive, { mode: 0o755 })
}
