/** One websocket that comes back by itself. */
export class Connection {
  constructor({ greet, hear, change }) {
    this.greet = greet
    this.hear = hear
    this.change = change
    this.tries = 0
    this.open = false
    this.#connect()
    addEventListener('online', () => this.#soon(0))
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden && !this.open) this.#soon(0)
    })
  }

  /** False when there is nobody to tell now; what must arrive is sent again after the next welcome. */
  tell(message) {
    if (!this.open) return false
    this.socket.send(JSON.stringify(message))
    return true
  }

  #connect() {
    clearTimeout(this.timer)
    const url = new URL('ws', location.href)
    url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:'
    const socket = new WebSocket(url)
    this.socket = socket
    const patience = setTimeout(() => socket.close(), 10_000)
    socket.addEventListener('open', () => {
      clearTimeout(patience)
      this.open = true
      this.tries = 0
      this.tell(this.greet())
    })
    socket.addEventListener('message', (event) => this.hear(JSON.parse(event.data)))
    socket.addEventListener('close', () => {
      clearTimeout(patience)
      if (this.socket !== socket) return
      this.open = false
      this.change(false)
      this.tries += 1
      this.#soon(Math.min(5000, 250 * 2 ** this.tries) * (0.6 + Math.random() * 0.4))
    })
  }

  #soon(milliseconds) {
    if (this.socket.readyState < WebSocket.CLOSING) return
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.#connect(), milliseconds)
  }
}
