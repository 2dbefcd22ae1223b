/**
 * Shorter turns at the processor. Since Linux 6.12 a task may ask for a slice of its own, and one that wakes comes before
 * whoever runs with a longer one: a visitor's request then passes a Space that spins or a build in a fraction of a
 * millisecond instead of waiting for the end of several turns. Whoever asks for short turns gets no more of the processor, only
 * sooner. Children inherit it. Older kernels take the call and do nothing.
 */
import { execFile } from 'node:child_process'

/** Nanoseconds; the kernel allows 0.1 to 100 ms, its own is 0.7 ms times a factor for the number of cores. */
const slice = 300_000

/** sched_setattr(2) has no program of its own that takes a slice; Python is there wherever Plaza builds anything. */
const script = `
import ctypes, os, platform, struct, sys
numbers = {'x86_64': (314, 315), 'aarch64': (274, 275)}.get(platform.machine())
call = ctypes.CDLL(None).syscall
layout = 'IIQiIQQQII'
def shorten(task):
    attributes = (ctypes.c_char * struct.calcsize(layout))()
    if call(numbers[1], task, attributes, len(attributes), 0) < 0: return
    values = list(struct.unpack(layout, attributes))
    # Only of the kinds that share the processor fairly: 0 is SCHED_OTHER, 3 SCHED_BATCH.
    if values[1] not in (0, 3): return
    values[5] = int(sys.argv[1])
    attributes.raw = struct.pack(layout, *values)
    call(numbers[0], task, attributes, 0)
def tree(pid):
    for task in os.listdir(f'/proc/{pid}/task'):
        yield int(task)
        with open(f'/proc/{pid}/task/{task}/children') as children:
            for child in children.read().split(): yield from tree(int(child))
done = set()
while numbers:
    # Again until no new one shows up: one that was not reached yet may have made another.
    try: fresh = set(tree(int(sys.argv[2]))) - done
    except OSError: break
    if not fresh: break
    for task in fresh: shorten(task)
    done |= fresh
`

/**
 * Gives short turns to a process, its threads and everything below it. Returns when that is done, or could not be: then it
 * goes on with turns as long as everybody's.
 */
export function takeShortTurns(pid: number): Promise<void> {
  if (process.platform !== 'linux') return Promise.resolve()
  const options = { env: { PATH: '/usr/bin:/bin:/usr/local/bin' }, timeout: 5_000 }
  return new Promise((resolve) => {
    execFile('python3', ['-I', '-S', '-c', script, String(slice), String(pid)], options, () => resolve())
  })
}
