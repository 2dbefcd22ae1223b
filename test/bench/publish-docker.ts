/** The container half of `publish`: a push until `/config` answers, beside `docker build` and `docker run` of the same files on the same engine. */
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type Docker from 'dockerode'
import { bytecodeLabel } from '../../builder/docker/images.ts'
import { emptyBuildCache } from '../drivers/dockerd.ts'
import { TestPlaza } from '../plaza.ts'
import { type BenchEngine, benchEngine } from './engine.ts'
import { app, findUv, gradio, publishes, report, rounds, type Times, untilCompiled, untilConfig } from './publish.ts'
import { print } from './results.ts'
import { seconds } from './times.ts'

const certificates = '/etc/ssl/certs/ca-certificates.crt'

/** As somebody who knows Docker and uv writes it by hand. */
const dockerfile = (base: string) => `FROM ${base}
RUN --mount=type=cache,target=/root/.cache/uv \\
    --mount=type=bind,source=uv,target=/usr/local/bin/uv \\
    --mount=type=bind,source=ca.pem,target=/ca.pem \\
    SSL_CERT_FILE=/ca.pem UV_LINK_MODE=copy uv venv --python /usr/bin/python3 /venv && \\
    SSL_CERT_FILE=/ca.pem UV_LINK_MODE=copy uv pip install --python /venv/bin/python gradio==${gradio}
RUN useradd --uid 1000 --create-home user
USER 1000
WORKDIR /home/user/app
COPY --chown=1000 app.py app.py
ENV GRADIO_SERVER_NAME=0.0.0.0 GRADIO_ANALYTICS_ENABLED=False
CMD ["/venv/bin/python", "app.py"]
`

export async function publishContainers(): Promise<void> {
  await using engine = await benchEngine((why) => print(`containers: not measured, ${why}`))
  if (!engine) return
  print(
    'Containers, the build cache emptied before each round. A Dockerfile by hand compiles no bytecode: bare has none;',
  )
  print('Plaza has none at the first start, and compiles it in the background after that.\n')
  const bare: Times = { first: [], change: [] }
  const ours: Times = { first: [], change: [], cached: [] }
  for (let round = 0; round < rounds; round++) {
    await bareRound(engine, bare)
    await plazaRound(engine, ours)
  }
  report('first publish, nothing cached', ours.first, 'bare: docker build + docker run', bare.first, 2)
  report('a change of app.py only', ours.change, 'bare: docker build + docker run', bare.change, 1)
  const again = ours.cached ?? []
  report('a second Space with the same requirements', again, 'bare: a change of app.py', bare.change)
}

async function bareRound({ engine, images }: BenchEngine, times: Times): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'plaza-bench-docker-'))
  try {
    await emptyCache(engine)
    await writeFile(path.join(folder, 'Dockerfile'), dockerfile(images.python['3.11'] ?? ''))
    await writeFile(path.join(folder, 'app.py'), app('Hello'))
    await cp(await findUv(), path.join(folder, 'uv'))
    await cp(certificates, path.join(folder, 'ca.pem'))
    const start = performance.now()
    await buildAndRun(engine, folder)
    times.first.push(seconds(start))
    await writeFile(path.join(folder, 'app.py'), app('Goodbye'))
    const changed = performance.now()
    await buildAndRun(engine, folder)
    times.change.push(seconds(changed))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function buildAndRun(engine: Docker, folder: string): Promise<void> {
  const tar = spawn('tar', ['--create', '--directory', folder, '.'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const progress = await engine.buildImage(tar.stdout, {
    version: '2',
    t: 'plaza-bench/bare',
  } as Docker.ImageBuildOptions)
  await new Promise<void>((resolve, reject) =>
    engine.modem.followProgress(progress, (error) => (error ? reject(error) : resolve())),
  )
  const container = await engine.createContainer({ Image: 'plaza-bench/bare' })
  try {
    await container.start()
    const { NetworkSettings } = await container.inspect()
    await untilConfig(`http://${NetworkSettings.Networks['bridge']?.IPAddress}:7860`)
  } finally {
    await container.remove({ force: true })
  }
}

async function plazaRound({ host, engine, images }: BenchEngine, times: Times): Promise<void> {
  await emptyCache(engine)
  await using plaza = await TestPlaza.start({ embeddedStore: true, docker: { host, images } })
  await publishes(plaza, times, async () => await untilCompiled(() => isCompiled(engine)))
}

/** What was there before this round is gone. */
async function isCompiled(engine: Docker): Promise<boolean> {
  const images = await engine.listImages({ filters: { label: [bytecodeLabel] } })
  return images.length > 0
}

async function emptyCache(engine: Docker): Promise<void> {
  const images = await engine.listImages({ filters: JSON.stringify({ label: ['plaza.image'] }) })
  for (const { Id } of images)
    await engine
      .getImage(Id)
      .remove({ force: true })
      .catch(() => {})
  await engine
    .getImage('plaza-bench/bare')
    .remove({ force: true })
    .catch(() => {})
  await emptyBuildCache(engine)
}
