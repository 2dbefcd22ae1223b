/** What one copies to use a Space elsewhere: programs that call it, a page that embeds it, a terminal that runs it. Pure. */
import type { Endpoint, SpaceDetail } from '../../api/types.ts'

type Addressed = Pick<
  SpaceDetail,
  'id' | 'name' | 'title' | 'host' | 'origin' | 'sdk' | 'card' | 'gitUrl' | 'visibility'
>

export type Snippet = { name: 'Python' | 'JavaScript' | 'curl'; install?: string; code: string }

/** Stands where whoever copies puts a token of their own. */
const token = 'hf_…'

/** Stands in where the app has not told what it can be called for. */
const someEndpoint: Endpoint = { name: '/predict', example: ['Hello'] }

/** Programs that call the app, with the address where it answers. Only Gradio's apps have clients. */
export function apiSnippets(space: Addressed, endpoint: Endpoint = someEndpoint): Snippet[] {
  const closed = space.visibility === 'private'
  if (space.sdk !== 'gradio') {
    return [{ name: 'curl', code: `curl ${closed ? `-H "Authorization: Bearer ${token}" ` : ''}${space.host}/` }]
  }
  const header = closed ? ` \\\n  -H "Authorization: Bearer ${token}"` : ''
  const call = `${space.host}/gradio_api/call${endpoint.name}`
  const values = JSON.stringify(endpoint.example)
  const python = endpoint.example.map((value) => `${pythonValue(value)}, `).join('')
  return [
    {
      name: 'Python',
      install: 'pip install gradio_client',
      code: [
        'from gradio_client import Client',
        '',
        `client = Client("${space.host}/"${closed ? `, token="${token}"` : ''})`,
        'client.view_api()  # names the endpoints and what they take',
        `print(client.predict(${python}api_name="${endpoint.name}"))`,
      ].join('\n'),
    },
    {
      name: 'JavaScript',
      install: 'npm install @gradio/client',
      code: [
        "import { Client } from '@gradio/client'",
        '',
        `const app = await Client.connect('${space.host}/'${closed ? `, { token: '${token}' }` : ''})`,
        'console.log(await app.view_api()) // names the endpoints and what they take',
        `const { data } = await app.predict('${endpoint.name}', ${values})`,
        'console.log(data)',
      ].join('\n'),
    },
    {
      name: 'curl',
      code: [
        `EVENT=$(curl -s ${call}${header} \\`,
        `  -H "Content-Type: application/json" -d '{"data": ${values.replaceAll("'", "'\\''")}}' | cut -d'"' -f4)`,
        `curl -N ${call}/$EVENT${header}`,
      ].join('\n'),
    },
  ]
}

/** JSON's values as Python writes them. */
function pythonValue(value: unknown): string {
  if (value === null || value === undefined) return 'None'
  if (value === true) return 'True'
  if (value === false) return 'False'
  if (Array.isArray(value)) return `[${value.map(pythonValue).join(', ')}]`
  if (typeof value !== 'object') return JSON.stringify(value)
  const entries = Object.entries(value).map(([key, entry]) => `${JSON.stringify(key)}: ${pythonValue(entry)}`)
  return `{${entries.join(', ')}}`
}

/** An iframe for any page. */
export function embedSnippet(space: Addressed): string {
  const title = space.title.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
  return `<iframe\n  src="${space.origin}/"\n  title="${title}"\n  width="100%"\n  height="640"\n  style="border: 0"\n  allow="clipboard-write; fullscreen"\n></iframe>`
}

/** Whether the card forbids pages of others to show it. */
export function mayEmbed(space: Addressed): boolean {
  return space.visibility === 'public' && space.card['disableEmbedding'] !== true
}

const namePattern = /^[\w./-]+$/

/** Lines for a terminal that run the same app there. What a card says goes into a shell: only plain names and versions do. */
export function localLines(space: Addressed): string[] {
  const said = (key: string) => {
    const value = space.card[key]
    return typeof value === 'string' && namePattern.test(value) && !value.startsWith('-') ? value : undefined
  }
  const clone = [`git clone ${space.gitUrl}`, `cd ${space.name}`]
  const python = said('pythonVersion')
  const sdkVersion = said('sdkVersion')
  const file = said('appFile') ?? 'app.py'
  const environment = [`uv venv${python ? ` --python ${python}` : ''}`, 'source .venv/bin/activate']
  const requirements = '[ -f requirements.txt ] && uv pip install -r requirements.txt'
  const install = (name: string) => `uv pip install ${name}${sdkVersion ? `==${sdkVersion}` : ''}`
  switch (space.sdk ?? '') {
    case 'gradio':
      return [...clone, ...environment, requirements, install('gradio'), `python ${file}`]
    case 'streamlit':
      return [...clone, ...environment, requirements, install('streamlit'), `streamlit run ${file}`]
    case 'docker':
      return [...clone, `docker build -t ${space.name.toLowerCase()} .`, dockerRun(space)]
    case 'static':
      return [...clone, 'python3 -m http.server 8000']
    default:
      return clone
  }
}

function dockerRun(space: Addressed): string {
  const port = typeof space.card['appPort'] === 'number' ? space.card['appPort'] : 7860
  return `docker run --rm -p ${port}:${port} ${space.name.toLowerCase()}`
}
