/** What a Python app needs to be started, told by its code and its requirements: an SDK, or a server to run it (pure). */

export type Needs = {
  sdk: 'gradio' | 'streamlit'
  /** What starts it where running the file does not: `{host}` and `{port}` stand for where to listen. */
  command?: readonly string[]
  /** The server of that command, where no requirement asks for it. */
  server?: string
}

/** @param app path from the root. @param asked what the requirements name, as PyPI writes it (`packageName`). */
export function needsOf(app: string, code: string, asked: ReadonlySet<string>): Needs {
  const sdk = sdkOf(code, asked)
  if (sdk === 'streamlit') return { sdk }
  const served = listensWhereAsked(code) ? undefined : servedObject(code)
  const module = /^((?:[A-Za-z_]\w*\/)*[A-Za-z_]\w*)\.py$/.exec(app)?.[1]?.replaceAll('/', '.')
  if (served === undefined || module === undefined) return { sdk }
  const object = `${module}:${served.name}`
  const command =
    served.server === 'uvicorn'
      ? ['uvicorn', '--host={host}', '--port={port}', object]
      : ['gunicorn', '--bind={host}:{port}', '--threads=8', object]
  if (asked.has(served.server)) return { sdk, command }
  // By itself uvicorn speaks no WebSocket.
  const server = served.server === 'uvicorn' && /websocket/i.test(code) ? 'uvicorn[standard]' : served.server
  return { sdk, command, server }
}

/** Where both are asked for, what the file imports decides. A plain web server is `gradio` too, as in a card. */
function sdkOf(code: string, asked: ReadonlySet<string>): Needs['sdk'] {
  if (!asked.has('streamlit')) return 'gradio'
  if (imports(code, 'streamlit')) return 'streamlit'
  const others = ['gradio', 'flask', 'fastapi', 'dash']
  return others.some((other) => asked.has(other) && imports(code, other)) ? 'gradio' : 'streamlit'
}

function imports(code: string, module: string): boolean {
  return new RegExp(String.raw`^[ \t]*(?:import|from)[ \t]+${module}\b`, 'm').test(code)
}

/** Running the file is enough when it starts its server itself, on the port that the platform asks for. */
function listensWhereAsked(code: string): boolean {
  if (/\.launch\(/.test(code)) return true
  return /\.run(_server)?\(|serve\(/.test(code) && /\b7860\b|\bPORT\b/.test(code)
}

/** An object at the top of the module that a server can serve. */
function servedObject(code: string): { name: string; server: 'uvicorn' | 'gunicorn' } | undefined {
  const dash = /^(\w+)[ \t]*=[ \t]*\w+\.server\b/m.exec(code)?.[1]
  if (dash !== undefined && imports(code, 'dash')) return { name: dash, server: 'gunicorn' }
  const [, name, kind] =
    /^([A-Za-z_]\w*)[ \t]*(?::[ \t]*[\w.]+[ \t]*)?=[ \t]*(?:\w+\.)?(FastAPI|Flask)\(/m.exec(code) ?? []
  if (name === undefined) return undefined
  return { name, server: kind === 'Flask' ? 'gunicorn' : 'uvicorn' }
}
