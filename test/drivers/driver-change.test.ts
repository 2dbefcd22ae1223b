/** An install that gets an engine, and loses it again: what runs is made anew by the other driver, without a push. */
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { eventually, processesOf } from '../faults/processes.ts'
import { TestPlaza } from '../plaza.ts'
import { builtImages } from './built-images.ts'
import { inventory } from './inventory.ts'
import { testEngine } from './test-engine.ts'

const found = await testEngine()
const named = 'missing' in found ? ` (left out: ${found.missing})` : ''

const card = (sdk: string, more = '') => `---\nsdk: ${sdk}\n${more}---\n`
const server = (words: string) => `
import http.server, os, itsdangerous
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(${words})
http.server.ThreadingHTTPServer(('0.0.0.0', int(os.environ.get('PORT', 7860))), Handler).serve_forever()
`
const clock = (words: string) => ({
  'README.md': card('gradio'),
  'requirements.txt': 'itsdangerous==2.2.0\n',
  'app.py': server(`b'${words} in ' + (b'a container' if os.path.exists('/.dockerenv') else b'a sandbox')`),
})
const box = {
  'README.md': card('docker', 'app_port: 8000\n'),
  Dockerfile: `FROM plaza-test/python:3.11\nCOPY . /srv\nENV PORT=8000\nEXPOSE 8000\nCMD ["python3", "/srv/app.py"]\n`,
  'app.py': server("b'a box'").replace(', itsdangerous', ''),
}
/** Lacks a Debian package as a process: one when it is installed, the other when it runs. */
const bell = {
  'README.md': card('gradio'),
  'packages.txt': 'figlet\n',
  'requirements.txt': './bell\n',
  'bell/setup.py': `import shutil, setuptools
assert shutil.which('figlet'), 'no bell without figlet'
setuptools.setup(name='bell', version='1', py_modules=['bell'])
`,
  'bell/bell.py': "sound = b'ding'\n",
  'app.py': server('bell.sound').replace('itsdangerous', 'bell'),
}
const banner = {
  'README.md': card('gradio'),
  'packages.txt': 'figlet\n',
  'app.py': server("subprocess.check_output(['figlet', '-f', 'banner', 'ok'])")
    .replace('itsdangerous', 'shutil, subprocess')
    .replace('class', "assert shutil.which('figlet'), 'no banner without figlet'\nclass"),
}

test.skipIf('missing' in found)(
  `Spaces move to containers when an engine comes, and back when it is gone${named}`,
  { timeout: 240_000 },
  async () => {
    if ('missing' in found) return
    const { engine } = found
    await using plaza = await TestPlaza.start()
    const said = async (id: string) => await (await plaza.visit(id)).text()
    const stages = async (limit: number, wanted: Readonly<Record<string, string>>) => {
      for (const [id, stage] of Object.entries(wanted)) await plaza.waitFor(`alice/${id}`, stage, limit)
    }
    const first = await plaza.publish('alice', 'clock', clock('one'))
    await plaza.publish('alice', 'box', box)
    await plaza.publish('alice', 'bell', bell)
    await plaza.publish('alice', 'banner', banner)
    await stages(60_000, { clock: 'RUNNING', box: 'CONFIG_ERROR', bell: 'BUILD_ERROR', banner: 'RUNTIME_ERROR' })
    const second = await plaza.push('alice', 'clock', clock('two'))
    await plaza.waitFor('alice/clock', ({ stage, sha }) => stage === 'RUNNING' && sha === second)
    expect(await said('alice/clock')).toBe('two in a sandbox')
    const refused = (await plaza.runtime('alice/box')).errorMessage
    expect(refused).toMatch(/container engine/)

    await plaza.stop()
    await plaza.useDocker({ host: found.host, images: found.images })
    await plaza.launch()
    expect(await readdir(path.join(plaza.data, 'instances'))).toEqual([])
    await eventually(() => expect(processesOf(plaza).map(({ command }) => command)).toEqual([]))
    await stages(90_000, { clock: 'RUNNING', box: 'RUNNING', bell: 'RUNNING', banner: 'RUNNING' })
    expect(await said('alice/clock')).toBe('two in a container')
    expect(await said('alice/box')).toBe('a box')
    expect(await said('alice/bell')).toBe('ding')
    expect(await said('alice/banner')).toContain('####')

    await plaza.json('POST', '/api/plaza/spaces/alice/clock/rollback', 'alice', { sha: first })
    await plaza.waitFor('alice/clock', ({ stage, sha }) => stage === 'RUNNING' && sha === first)
    expect(await said('alice/clock')).toBe('one in a container')

    await plaza.stop()
    const removeImages = await builtImages(engine, plaza.data)
    const install = await plaza.install()
    const running = await inventory(engine, install)
    // They go on without a platform; the version before may still be among them.
    expect(running.filter((one) => /^container .*running/.test(one)).length).toBeGreaterThanOrEqual(4)
    await plaza.useDocker(undefined)
    await plaza.launch()
    expect((await inventory(engine, install)).filter((one) => !one.startsWith('volume'))).toEqual([])
    await stages(60_000, { clock: 'RUNNING', box: 'CONFIG_ERROR', bell: 'BUILD_ERROR', banner: 'RUNTIME_ERROR' })
    expect(await said('alice/clock')).toBe('one in a sandbox')
    expect((await plaza.runtime('alice/box')).errorMessage).toBe(refused)
    // Nobody is sent to a container that is no more.
    expect((await plaza.visit('alice/box')).status).toBe(503)
    await removeImages()
  },
)
