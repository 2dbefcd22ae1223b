/** An origin on loopback for one picture: what a static Space is to a browser that reaches nothing but a port. */
import { createServer, type RequestListener } from 'node:http'

export type OnePage = AsyncDisposable & { url: URL }

/** Milliseconds: nobody but one browser comes, and it does not stay. */
const headersLimit = 5_000

export async function servePage(answer: RequestListener): Promise<OnePage> {
  const server = createServer({ headersTimeout: headersLimit, requestTimeout: headersLimit }, answer)
  server.maxConnections = 64
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('A listening server has a port.')
  return {
    url: new URL(`http://127.0.0.1:${address.port}/`),
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}
