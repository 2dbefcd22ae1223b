import { expect, test } from 'vitest'
import { defaultFlavors, type Flavor, flavorOf, flavorSchema, offeredFlavors, parseQuantity } from './flavors.ts'

const gibibyte = 1024 ** 3
const flavor = (more: object) => flavorSchema.parse({ name: 'small', cpu: 4, memory: '15Gi', ...more })
const withGpus = (name: string, gpus: number): Flavor => ({ ...flavor({ name }), gpus })

test('an entry of plaza.yaml says how much of what', () => {
  expect(flavor({ disk: '20Gi', gpu: { count: 2, model: 'NVIDIA T4', memory: '16Gi' }, default: true })).toEqual({
    name: 'small',
    prettyName: 'small',
    cpu: 4,
    memory: 15 * gibibyte,
    disk: 20 * gibibyte,
    gpus: 2,
    gpuModel: 'NVIDIA T4',
    isDefault: true,
  })
})

test('a GPU is a number, or a kind of which there is one; without a disk all of the machine’s is there', () => {
  expect(flavor({ gpu: 3 })).toMatchObject({ gpus: 3, disk: undefined })
  expect(flavor({ gpu: { model: 'NVIDIA L4' } })).toMatchObject({ gpus: 1, gpuModel: 'NVIDIA L4' })
  for (const gpu of [0, null, undefined]) expect(flavor({ gpu }).gpus).toBe(0)
})

test('what is no number of GPUs and no amount is refused', () => {
  for (const gpu of [-1, 1.5, '1', true, { count: 0 }, { memory: 'much' }]) {
    expect(flavorSchema.safeParse({ name: 'small', cpu: 1, memory: '1Gi', gpu }).success, JSON.stringify(gpu)).toBe(
      false,
    )
  }
  expect(flavorSchema.safeParse({ name: 'small', cpu: 1, memory: '1Gi', disk: 'large' }).success).toBe(false)
})

test('a machine offers the flavors for which it has the GPUs, and says what it leaves out', () => {
  const flavors = [withGpus('cpu', 0), withGpus('one', 1), withGpus('four', 4)]
  const names = (gpus: number) => offeredFlavors(flavors, gpus).flavors.map(({ name }) => name)
  expect([names(0), names(1), names(4)]).toEqual([['cpu'], ['cpu', 'one'], ['cpu', 'one', 'four']])
  expect(offeredFlavors(flavors, 0).warnings).toEqual([
    'The flavor one is left out: it needs 1 GPU, and this machine has none.',
    'The flavor four is left out: it needs 4 GPUs, and this machine has none.',
  ])
  expect(offeredFlavors(flavors, 1).warnings).toHaveLength(1)
  expect(offeredFlavors(defaultFlavors, 0)).toEqual({ flavors: defaultFlavors, warnings: [] })
})

test('a Space whose hardware has been taken away gets the default one', () => {
  const flavors = [withGpus('first', 0), { ...withGpus('usual', 0), isDefault: true }]
  expect(flavorOf(flavors, 'first').name).toBe('first')
  expect(flavorOf(flavors, 'gone').name).toBe('usual')
  expect(flavorOf(flavors.slice(0, 1), 'gone').name).toBe('first')
})

test('amounts are read as Kubernetes writes them', () => {
  expect(['16Gi', '1.5M', '12', '2k'].map(parseQuantity)).toEqual([16 * gibibyte, 1_500_000, 12, 2000])
  for (const text of ['', 'Gi', '1 GB', '-1Gi', '1e3']) expect(parseQuantity(text)).toBeUndefined()
})
