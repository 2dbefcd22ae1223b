import { TestPlaza } from './plaza.ts'
const plaza = await TestPlaza.start({ embeddedStore: true })
const planted = '/tmp/planted-zz'
const lines = [      `six; touch ${planted}`,
      `six $(touch ${planted})`,
      `\`touch ${planted}\``,
      `--index-url $(touch ${planted})`,
      `--index-url --help`,
      `--no-such-option`,
      `--config-file=/etc/passwd`,
      `--python=/bin/sh`,
      `--target=/tmp`,
      `six @ git+ext::sh -c 'touch ${planted}'`,
      `six @ git+ssh://-oProxyCommand=touch%20${encodeURIComponent(planted)}/x`,
      `six @ git+https://localhost:1/--upload-pack=touch`,
      `-`,
      `--`,
      `six==1.16\0--help`, '--index-url http://localhost:1/simple\nsix', 'six\n\n--extra-index-url', 'torch @ https://localhost:1/x.whl', 'git+https://localhost:1/x']
const all = lines.map((line, i) => async () => {
  await plaza.publish('bob', `r${i}`, { 'README.md': '---\nsdk: gradio\n---\n', 'app.py': '', 'requirements.txt': line + '\n' })
  const r = await plaza.waitFor(`bob/r${i}`, (x) => x.errorMessage !== undefined)
  console.log(JSON.stringify(line), r.stage, '\n     ', r.errorMessage)
})
await Promise.all(Array.from({ length: 4 }, async () => { for (let w = all.shift(); w; w = all.shift()) await w().catch((e: unknown) => console.log(String(e).slice(0, 300))) }))
await plaza[Symbol.asyncDispose]()
