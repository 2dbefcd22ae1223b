/** What `plaza doctor` tells of a container engine: tried where that is cheap, else as the engine says it. */
import { statfs } from 'node:fs/promises'
import type Docker from 'dockerode'
import { z } from 'zod'
import type { Finding } from '../runtime.ts'
import { buildNothing } from './build-trial.ts'
import { isAtLeast } from './engine.ts'
import { wordsOf } from './failures.ts'
import type { Gpus } from './gpus.ts'
import type { Guard } from './guard.ts'

export type FindingParts = {
  guard: Guard
  gpus: Gpus
  /** Where images are pushed and pulled; undefined: they stay in this engine. */
  registry?: string
}

const engineInfo = z.object({
  ServerVersion: z.string(),
  OperatingSystem: z.string().catch(''),
  Driver: z.string(),
  DriverStatus: z.array(z.tuple([z.string(), z.string()])).nullish(),
  DockerRootDir: z.string(),
  CgroupDriver: z.string().catch('unknown'),
  /** Since API 1.41. */
  CgroupVersion: z.string().catch('1'),
  MemoryLimit: z.boolean().catch(false),
  CpuCfsQuota: z.boolean().catch(false),
  PidsLimit: z.boolean().catch(false),
  SecurityOptions: z.array(z.string()).nullish(),
})
type EngineInfo = z.infer<typeof engineInfo>

/** Bytes: an image with a framework for models in it. */
const leastFree = 10 * 1024 ** 3
/** The first whose BuildKit answers by the Engine's own API without an experimental setting. */
const buildKitApi = '1.39'

/** Never throws: an engine that does not answer is a finding. */
export async function engineFindings(engine: Docker, { guard, gpus, registry }: FindingParts): Promise<Finding[]> {
  try {
    const { ApiVersion } = await engine.version()
    const info = engineInfo.parse(await engine.info())
    return [
      {
        what: 'container engine',
        ok: isAtLeast(ApiVersion, buildKitApi),
        detail: `Version ${info.ServerVersion}, API ${ApiVersion}${info.OperatingSystem === '' ? '' : `, on ${info.OperatingSystem}`}.`,
        ...(!isAtLeast(ApiVersion, buildKitApi) && { remedy: 'Install Docker 20.10 or newer.' }),
      },
      await buildKitFinding(engine),
      ...limitFindings(info),
      securityFinding(info),
      storageFinding(info),
      ...(await diskFindings(info)),
      ...(await guard.findings()),
      gpuFinding(gpus),
      registryFinding(registry),
    ]
  } catch (error) {
    const remedy = 'See whether it runs, and whether Plaza’s user may use its socket.'
    return [{ what: 'container engine', ok: false, detail: `It does not answer: ${wordsOf(error)}`, remedy }]
  }
}

async function buildKitFinding(engine: Docker): Promise<Finding> {
  const what = 'BuildKit'
  try {
    await buildNothing(engine)
    return { what, ok: true, detail: 'It built an image.' }
  } catch (error) {
    return {
      what,
      ok: false,
      detail: `It built no image: ${wordsOf(error)}`,
      remedy: 'Install Docker 20.10 or newer; Dockerfiles and Python images need its BuildKit.',
    }
  }
}

function limitFindings(info: EngineInfo): Finding[] {
  const kinds = [
    { what: 'memory limit', ok: info.MemoryLimit },
    { what: 'CPU limit', ok: info.CpuCfsQuota },
    { what: 'process limit', ok: info.PidsLimit },
  ]
  return kinds.map(({ what, ok }) => ({
    what,
    ok,
    detail: ok
      ? `cgroup v${info.CgroupVersion}, by ${info.CgroupDriver}.`
      : 'It does not hold: the engine has no cgroup for it.',
    ...(!ok && {
      remedy:
        'Give the engine cgroup v2 with the controllers memory, cpu and pids; one without root needs them delegated by systemd.',
    }),
  }))
}

function securityFinding({ SecurityOptions }: EngineInfo): Finding {
  const options = (SecurityOptions ?? []).map((option) => /^name=([\w-]+)/.exec(option)?.[1] ?? option)
  const unconfined = (SecurityOptions ?? []).some((option) => /name=seccomp.*profile=unconfined/.test(option))
  const ok = options.includes('seccomp') && !unconfined
  const users = options.includes('rootless')
    ? 'the engine runs without root'
    : options.includes('userns')
      ? 'users inside are others outside'
      : 'users inside are the same outside, without capabilities'
  return {
    what: 'system calls of containers',
    ok,
    detail: ok
      ? `Filtered by ${options.filter((one) => one !== 'rootless' && one !== 'userns').join(' and ')}; ${users}.`
      : `Not filtered; ${users}.`,
    ...(!ok && { remedy: 'Use a kernel with seccomp, and start the engine without --seccomp-profile=unconfined.' }),
  }
}

function storageFinding({ Driver, DriverStatus }: EngineInfo): Finding {
  const backing = DriverStatus?.find(([name]) => name === 'Backing Filesystem')?.[1]
  const ok = Driver !== 'vfs'
  return {
    what: 'storage of images',
    ok,
    detail: `${Driver}${backing === undefined ? '' : ` on ${backing}`}. What a Space writes is counted, and ends it beyond its limit.`,
    ...(!ok && { remedy: 'vfs copies every layer: let the engine use overlay2, on a file system that can hold it.' }),
  }
}

async function diskFindings({ DockerRootDir }: EngineInfo): Promise<Finding[]> {
  // Elsewhere, or not for this user: nobody can say.
  const disk = await statfs(DockerRootDir).catch(() => undefined)
  if (disk === undefined) return []
  const free = disk.bavail * disk.bsize
  const ok = free >= leastFree
  return [
    {
      what: 'disk of the engine',
      ok,
      detail: `${(free / 1024 ** 3).toFixed(1)} GiB free at ${DockerRootDir}.`,
      ...(!ok && { remedy: 'Free some space (docker system df), or give the engine a larger disk by --data-root.' }),
    },
  ]
}

/** That there is none is no fault. */
function gpuFinding(gpus: Gpus): Finding {
  return {
    what: 'graphics processors',
    ok: true,
    detail: gpus.count > 0 ? `${gpus.count}, each for one Space.` : (gpus.why ?? 'None.'),
  }
}

function registryFinding(registry: string | undefined): Finding {
  return {
    what: 'registry',
    ok: true,
    detail: registry === undefined ? 'None: images stay in this engine.' : `Images are pushed to ${registry}.`,
  }
}
