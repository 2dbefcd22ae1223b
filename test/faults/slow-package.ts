/** Files of a Space whose build takes seconds, without the internet. */
import type { RepositoryFiles } from '../plaza.ts'

/** A package that is built without the internet, and takes its time over both of its steps. */
export const slowPackage: RepositoryFiles = {
  'slow/pyproject.toml': '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
  'slow/backend.py': `
import os, time, zipfile
def prepare_metadata_for_build_wheel(folder, settings=None):
    time.sleep(2)
    os.makedirs(folder + '/slow-1.dist-info')
    open(folder + '/slow-1.dist-info/METADATA', 'w').write('Metadata-Version: 2.1\\nName: slow\\nVersion: 1\\n')
    open(folder + '/slow-1.dist-info/WHEEL', 'w').write('Wheel-Version: 1.0\\nGenerator: us\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
    return 'slow-1.dist-info'
def build_wheel(folder, settings=None, metadata=None):
    time.sleep(2)
    with zipfile.ZipFile(folder + '/slow-1-py3-none-any.whl', 'w') as wheel:
        wheel.writestr('slow.py', 'word = "built"')
        wheel.writestr('slow-1.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: slow\\nVersion: 1\\n')
        wheel.writestr('slow-1.dist-info/WHEEL', 'Wheel-Version: 1.0\\nGenerator: us\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
        wheel.writestr('slow-1.dist-info/RECORD', '')
    return 'slow-1-py3-none-any.whl'
`,
  'requirements.txt': './slow\n',
}
