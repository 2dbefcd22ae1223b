/** A listener for each Space's own loopback address, following the rows: clients that do not resolve *.localhost use it. */
import net from 'node:net'
import type { Server } from 'node:http'

/** Milliseconds between two tries to listen where it failed. */
const tryAgainAfter = 2_000

export type AddressSource = {
  addresses(): Iterable<string>
  on(listener: () => void): () => void
}

export class AddressListeners implements AsyncDisposable {
  readonly #server: Server
  readonly #source: AddressSource
  readonly #port: number
  readonly #listeners = new Map<string, net.Server>()
  readonly #onProblem: (address: string, error: Error) => void
  readonly #stop: () => void
  #again: NodeJS.Timeout | undefined

  /**
   * @param server takes the connections; it tells by a connection's local address which Space is meant.
   * @param onProblem an address that cannot be listened on; it is tried again.
   */
  constructor(
    server: Server,
    source: AddressSource,
    port: number,
    onProblem: (address: string, error: Error) => void = () => {},
  ) {
    this.#server = server
    this.#source = source
    this.#port = port
    this.#onProblem = onProblem
    this.#stop = source.on(() => this.#follow())
    this.#follow()
  }

  #follow(): void {
    const wanted = new Set(this.#source.addresses())
    for (const [address, listener] of this.#listeners) {
      if (wanted.has(address)) continue
      this.#listeners.delete(address)
      listener.close()
    }
    for (const address of wanted) {
      if (!this.#listeners.has(address) && isLoopback(address)) this.#listen(address)
    }
  }

  #listen(address: string): void {
    const listener = net.createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: false }, (socket) =>
      this.#server.emit('connection', socket),
    )
    this.#listeners.set(address, listener)
    listener.on('error', (error) => {
      if (this.#listeners.get(address) === listener) this.#listeners.delete(address)
      this.#onProblem(address, error)
      this.#again ??= setTimeout(() => {
        this.#again = undefined
        this.#follow()
      }, tryAgainAfter).unref()
    })
    listener.listen({ host: address, port: this.#port, exclusive: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop()
    clearTimeout(this.#again)
    for (const listener of this.#listeners.values()) listener.close()
    this.#listeners.clear()
  }
}

/** Rows say where to listen; nothing but loopback is taken from them. */
function isLoopback(address: string): boolean {
  return net.isIPv4(address) && address.startsWith('127.') && address !== '127.0.0.1'
}
