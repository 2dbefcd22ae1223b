/** The brightest first. */
export const stars = [
  { name: 'Sirius', magnitude: -1.46 },
  { name: 'Canopus', magnitude: -0.74 },
  { name: 'Arcturus', magnitude: -0.05 },
]
