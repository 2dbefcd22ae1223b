import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'

const page = await readFile(new URL('page.html', import.meta.url))
const server = createServer((request, response) => {
  response.writeHead(request.url === '/' ? 200 : 404, { 'Content-Type': 'text/html; charset=utf-8' })
  response.end(request.url === '/' ? page : 'Nothing is here.')
})
new WebSocketServer({ server, path: '/echo' }).on('connection', (socket) => {
  socket.on('message', (words, isBinary) => {
    socket.send(isBinary ? words : Buffer.concat([words, Buffer.from(', '), words]), { binary: isBinary })
  })
})
server.listen(3000)
