/** The app that the tests of faults publish: it says which start of it answers, and keeps a list of its starts in /data. */
import type { RepositoryFiles } from '../plaza.ts'

export const card = (more = ''): string => `---\ntitle: Fault\nemoji: 🧯\nsdk: gradio\n${more}---\n`

export type AppOptions = {
  /** Seconds from its first line to its first answer. */
  takes?: number
  /** Python that runs after the start was written down; `starts` is the number of this start, from 1. */
  first?: string
  /** What `/` says besides. */
  says?: string
}

/** `/` tells `{ boot, starts, says }`; a POST gives its body's sha256; `/events` streams; a websocket echoes. */
export function appFiles({ takes = 0, first = '', says = '' }: AppOptions = {}): RepositoryFiles {
  return {
    'README.md': card(),
    'app.py': `
import base64, hashlib, http.server, json, os, time, uuid
boot = uuid.uuid4().hex
with open('/data/starts', 'a') as file: file.write(boot + '\\n')
starts = len(open('/data/starts').read().split())
${first}
time.sleep(${takes})

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def log_message(self, *a): pass
    def answer(self, content, kind='application/json'):
        body = json.dumps(content).encode()
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
        self.answer({'boot': boot, 'sha256': digest.hexdigest()})
    def do_GET(self):
        if self.headers.get('Upgrade', '').lower() == 'websocket': return self.echo()
        if self.path == '/events': return self.events()
        if self.path == '/page': return self.page()
        self.answer({'boot': boot, 'starts': starts, 'says': ${JSON.stringify(says)}})
    def page(self):
        body = b'<!doctype html><title>App</title><h1 id="app">The app is here</h1>'
        self.send_response(200)
        self.send_header('Content-Type', 'text/html')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
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
