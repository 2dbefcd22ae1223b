/** The type that a stranger's file is served as from the platform's own origin: nothing that a browser would run (pure). */

/** What a browser shows without running anything of it. */
const shown: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  bmp: 'image/bmp',
  ico: 'image/x-icon',
  mp3: 'audio/mpeg',
  wav: 'audio/wav',
  ogg: 'audio/ogg',
  flac: 'audio/flac',
  m4a: 'audio/mp4',
  mp4: 'video/mp4',
  webm: 'video/webm',
  mov: 'video/quicktime',
  pdf: 'application/pdf',
}

/** What is no text, so that it is saved and not shown as gibberish. */
const binary = new Set(
  '7z bin bz2 ckpt dat db eot exe gguf gz h5 joblib jar ko npy npz o onnx otf parquet pickle pkl pt pth pyc safetensors so sqlite tar tflite tgz tif tiff ttf wasm whl woff woff2 xls xlsx xz zip zst'.split(
    ' ',
  ),
)

/** Everything else is plain text: HTML, SVG, XML and scripts above all. */
export function contentType(path: string): string {
  const extension = /\.([^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? ''
  if (Object.hasOwn(shown, extension)) return shown[extension] ?? 'application/octet-stream'
  return binary.has(extension) ? 'application/octet-stream' : 'text/plain; charset=utf-8'
}
