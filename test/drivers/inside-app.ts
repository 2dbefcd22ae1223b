/** The app with which the tests of runtimes look at a workload from inside. */

/**
 * Runs the code in CODE; without it, serves at `[host] port`, its arguments, what it is asked: `/env`, `/files?path=`,
 * `/write?path=&bytes=`, `/reach?host=&port=`, `/self`, `/fds`, `/exit?code=`, `/eat?bytes=`, `/print?text=&times=&error=`.
 * SIGTERM makes it write to the file GOODBYE, where there is one, and end.
 */
export const insideApp = `
import http.server, json, os, signal, socket, sys, urllib.parse
if 'CODE' in os.environ:
    exec(os.environ['CODE'])
    sys.exit(0)
memory = []
def reach(host, port):
    try:
        with socket.create_connection((host, int(port)), 3) as s:
            s.settimeout(3)
            s.sendall(b'GET / HTTP/1.0\\r\\n\\r\\n')
            return s.recv(100).decode('latin1') or 'closed'
    except OSError as e: return 'no: ' + str(e)
def files(path):
    try: return open(path, errors='replace').read() if os.path.isfile(path) else sorted(os.listdir(path))
    except OSError as e: return 'no: ' + str(e)
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def log_message(self, *a): pass
    def do_GET(self):
        q = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
        path = urllib.parse.urlsplit(self.path).path
        if path == '/env': out = dict(os.environ)
        elif path == '/files': out = files(q['path'])
        elif path == '/write':
            try: open(q['path'], 'ab').write(b'x' * int(q.get('bytes', '1'))); out = 'written'
            except OSError as e: out = 'no: ' + str(e)
        elif path == '/reach': out = reach(q['host'], q['port'])
        elif path == '/self': out = dict(pid=os.getpid(), uid=os.getuid(), cwd=os.getcwd(), host=os.uname().nodename)
        elif path == '/fds': out = [os.readlink('/proc/self/fd/' + f) for f in os.listdir('/proc/self/fd') if os.path.lexists('/proc/self/fd/' + f)]
        elif path == '/exit': os._exit(int(q['code']))
        elif path == '/eat':
            memory.append(bytearray(int(q['bytes']))); out = 'eaten'
        elif path == '/print':
            print(q['text'] * int(q.get('times', '1')), flush=True, file=sys.stderr if 'error' in q else sys.stdout); out = 'printed'
        else: out = 'hello'
        body = json.dumps(out).encode()
        self.send_response(200); self.send_header('Content-Length', str(len(body))); self.end_headers(); self.wfile.write(body)
def stop(*a):
    if 'GOODBYE' in os.environ: open(os.environ['GOODBYE'], 'a').write('bye')
    os._exit(0)
signal.signal(signal.SIGTERM, stop)
http.server.ThreadingHTTPServer.allow_reuse_address = True
*host, port = sys.argv[1:]
server = http.server.ThreadingHTTPServer((host[0] if host else '127.0.0.1', int(port)), Handler)
print('listening', flush=True)
server.serve_forever()
`
