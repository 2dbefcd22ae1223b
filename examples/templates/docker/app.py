import platform
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGE = f"""<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Any Machine</title>
<style>:root {{ color-scheme: light dark }} body {{ display: grid; place-content: center; min-height: 90dvh; font: 20px system-ui }}</style>
<h1>It runs.</h1><p>{platform.python_implementation()} {platform.python_version()} on {platform.machine()}</p>"""


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        body = PAGE.encode()
        self.send_response(200)
        self.send_header('Content-Type', 'text/html; charset=utf-8')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(('0.0.0.0', 7860), Page).serve_forever()
