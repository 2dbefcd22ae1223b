/**
 * The app that most tests through the whole platform publish: it says which start of it answers, and keeps a list of its starts
 * in /data. The standard library alone, so that its build takes a moment.
 */
import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { RepositoryFiles, TestPlaza } from './plaza.ts'

export type ProbingApp = {
  /** What `/` says. */
  says?: string
  /** Seconds from its first line to its first answer. */
  takes?: number
  /** Python that runs before it listens; `starts` is the number of this start, from 1. */
  first?: string
}

/** `boot` tells one start from another, `starts` is the number of it: /data keeps a list. */
export type Answer = { boot: string; starts: number; says: string }

const limit = 30_000

export const card = '---\ntitle: Probe\nemoji: 🔎\nsdk: gradio\n---\n'

/**
 * `/` answers `Answer`, `/env?name=` a variable, `/note?text=` adds to a file in /data and answers all of it; `/exit?code=&says=`
 * ends it, `/eat?bytes=` takes memory. A POST gives its body's sha256, `/page` a page, `/events` a stream; a websocket echoes,
 * with the boot behind.
 */
export function probingApp({ says = '', takes = 0, first = '' }: ProbingApp = {}): RepositoryFiles {
  return {
    'README.md': card,
    'app.py': `
import base64, hashlib, http.server, json, os, sys, threading, time, urllib.parse, uuid
boot = uuid.uuid4().hex
with open('/data/starts', 'a') as file: file.write(boot + '\\n')
starts = len(open('/data/starts').read().split())
print('start', starts, flush=True)
${first}
time.sleep(${takes})
memory = []
def later(work): threading.Timer(0.2, work).start()

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def log_message(self, *a): pass
    def answer(self, body, kind='application/json'):
        self.send_response(200)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_POST(self):
        left, digest = int(self.headers['Content-Length']), hashlib.sha256()
        while left > 0:
            piece = self.rfile.read(min(left, 65536))
            if not piece: return
            digest.update(piece)
            left -= len(piece)
        self.answer(json.dumps({'boot': boot, 'sha256': digest.hexdigest()}).encode())
    def do_GET(self):
        if self.headers.get('Upgrade', '').lower() == 'websocket': return self.echo()
        address = urllib.parse.urlsplit(self.path)
        if address.path == '/events': return self.events()
        if address.path == '/page': return self.answer(b'<!doctype html><title>App</title><h1 id="app">The app is here</h1>', 'text/html')
        query = dict(urllib.parse.parse_qsl(address.query))
        self.answer(json.dumps(self.content(address.path, query)).encode())
    def content(self, path, query):
        if path == '/env': return os.environ.get(query['name'])
        if path == '/note':
            with open('/data/notes', 'a+') as file:
                file.write(query.get('text', ''))
                file.seek(0)
                return file.read()
        # Answered first: a request that is cut off is asked again of the next start.
        if path == '/exit': later(lambda: (print(query['says'], file=sys.stderr, flush=True), os._exit(int(query['code']))))
        if path == '/eat': later(lambda: memory.append(b'x' * int(query['bytes'])))
        return {'boot': boot, 'starts': starts, 'says': ${JSON.stringify(says)}}
    def events(self):
        self.send_response(200)
        self.send_header('Content-Type', 'text/event-stream')
        self.send_header('Connection', 'close')
        self.end_headers()
        for n in range(5):
            self.wfile.write(f'data: {n} {boot}\\n\\n'.encode())
            self.wfile.flush()
            time.sleep(0.05)
        self.close_connection = True
    def echo(self):
        key = self.headers['Sec-WebSocket-Key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
        self.send_response(101)
        self.send_header('Upgrade', 'websocket')
        self.send_header('Connection', 'Upgrade')
        self.send_header('Sec-WebSocket-Accept', base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())
        self.end_headers()
        self.close_connection = True
        while True:
            head = self.rfile.read(2)
            if len(head) < 2 or head[0] & 15 == 8: return
            size = head[1] & 127
            if size > 125: return
            mask, data = self.rfile.read(4), self.rfile.read(size)
            data = bytes(byte ^ mask[i % 4] for i, byte in enumerate(data)) + (b' ' + boot.encode())
            self.wfile.write(bytes([0x81, len(data)]) + data)
            self.wfile.flush()

# The standard library's own queue of five connections: few apps change it.
http.server.ThreadingHTTPServer(('0.0.0.0', int(os.environ['PORT'])), Handler).serve_forever()
`,
  }
}

/** Asks the app of a Space, as its visitors do. @throws Error with the answer that is no good one. */
export async function ask<T = Answer>(plaza: TestPlaza, id: string, route = '/'): Promise<T> {
  const answer = await plaza.visit(id, route, { signal: AbortSignal.timeout(limit) })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${id}${route} answered ${answer.status}: ${text}`)
  return JSON.parse(text) as T
}

/** One word there and back by a websocket. @returns which start of the app it was. */
export async function echo(plaza: TestPlaza, id: string, word: string): Promise<string> {
  const socket = new WebSocket(`${(await plaza.host(id)).replace('http', 'ws')}/ws`)
  const signal = AbortSignal.timeout(limit)
  try {
    socket.on('error', () => {})
    await once(socket, 'open', { signal })
    const heard = once(socket, 'message', { signal })
    socket.send(word)
    const [message] = (await heard) as [Buffer]
    const [said, boot = ''] = message.toString().split(' ')
    if (said !== word) throw new Error(`${id} said ${said} to ${word}`)
    return boot
  } finally {
    socket.terminate()
  }
}

/** Many at once, all under way before the first is answered. @returns which starts of the app answered. */
export async function rush(plaza: TestPlaza, id: string, requests: number, sockets: number): Promise<Set<string>> {
  const boots = [
    ...Array.from({ length: requests }, async () => (await ask(plaza, id)).boot),
    ...Array.from({ length: sockets }, async (_, n) => await echo(plaza, id, `word-${n}`)),
  ]
  return new Set(await Promise.all(boots))
}
