import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { words } from '../words/shared.ts'

/** Copies `text`; says so for two seconds. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 2000)
    return () => clearTimeout(timer)
  }, [copied])
  const name = copied ? words().copy.done : label
  return (
    <button
      type="button"
      className="icon"
      aria-label={name}
      title={name}
      onClick={() => void copy(text).then(setCopied)}
    >
      {copied ? <Check className="i" /> : <Copy className="i" />}
    </button>
  )
}

/** The clipboard exists only in a secure context: a Plaza reached by plain http in a local network has none. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const area = document.createElement('textarea')
    area.value = text
    area.style.position = 'fixed'
    area.style.opacity = '0'
    document.body.append(area)
    area.select()
    const done = document.execCommand('copy')
    area.remove()
    return done
  }
}
