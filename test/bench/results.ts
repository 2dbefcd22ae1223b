/** What benches print, and the same kept in docs/benchmarks.md: a section a bench, as its last run left it. */
import { readFile, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

const place = path.join(import.meta.dirname, '..', '..', 'docs', 'benchmarks.md')
const head = `# Benchmarks

Written by \`npm run bench -- NAME\`: each section is what the last run of that bench printed, ours beside the bare work or beside
peers in the same run. Figures are of the machine that a section names; ratios travel better than seconds.
`
const lines: string[] = []

export function print(line = ''): void {
  console.log(line)
  lines.push(line)
}

/** Puts what was printed into the section of this bench. */
export async function keepResults(name: string): Promise<void> {
  const text = await readFile(place, 'utf8').catch(() => head)
  const [before = head, ...sections] = text.split(/^(?=## )/m)
  const kept = new Map(sections.map((section) => [/^## (\S+)/.exec(section)?.[1] ?? '', section]))
  const machine = `${os.cpus().length} cores (${os.cpus()[0]?.model ?? os.arch()}), ${Math.round(os.totalmem() / 1024 ** 3)} GiB, Node ${process.versions.node}`
  const date = new Date().toISOString().slice(0, 10)
  const body = lines.map((line) => line.trimEnd()).join('\n')
  kept.set(name, `## ${name}\n\n${date}, ${machine}.\n\n\`\`\`text\n${body.trim()}\n\`\`\``)
  const sorted = [...kept].toSorted(([one], [other]) => (one < other ? -1 : 1))
  const parts = [before, ...sorted.map(([, section]) => section)]
  await writeFile(place, `${parts.map((part) => part.trim()).join('\n\n')}\n`)
}
