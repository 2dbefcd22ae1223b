/** The words that publish a Space from somebody's terminal. */

type Place = { gitUrl: string; user: string; token: string | undefined }

/** The address that git pushes to, with the token where there is one. */
function gitAddress({ gitUrl, user, token }: Place): string {
  const address = new URL(gitUrl)
  address.username = user
  address.password = token ?? 'TOKEN'
  return address.href
}

/** Three lines, from a folder with the demo's files to a running Space. */
export function pushLines(place: Place): string[] {
  return [
    'git init -b main && git add . && git commit -m "First version"',
    `git remote add plaza ${gitAddress(place)}`,
    'git push plaza HEAD:main',
  ]
}

const files: Record<string, string> = { static: 'index.html' }

/** The smallest card that works. */
export function cardText(title: string, sdk: string | undefined): string {
  const kind = sdk ?? 'gradio'
  const start = kind === 'docker' ? 'app_port: 7860' : `app_file: ${files[kind] ?? 'app.py'}`
  return ['---', `title: ${title}`, `sdk: ${kind}`, start, '---', ''].join('\n')
}
