/** An app that says one thing: what the Python expression `answer` gives, as JSON; in it, `body` is what a POST sent, and None otherwise. */
export const serving = (answer: string, before = '') => `
import http.server, json, os, sys
${before}
class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *a): pass
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers.get('Content-Length', 0))) or b'null')
        text = json.dumps(${answer}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text)
    do_GET = do_POST
http.server.HTTPServer(('0.0.0.0', int(os.environ.get('PORT', '7860'))), Handler).serve_forever()
`
