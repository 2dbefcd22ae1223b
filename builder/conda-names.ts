/** What conda packages are called on PyPI, where they are there at all (pure). */
import { packageName } from './requirements.ts'

/** Only where the names differ. */
const renamed = new Map([
  ['beautiful-soup', 'beautifulsoup4'],
  ['faiss', 'faiss-cpu'],
  ['matplotlib-base', 'matplotlib'],
  ['msgpack-python', 'msgpack'],
  ['opencv', 'opencv-python-headless'],
  ['psycopg2', 'psycopg2-binary'],
  ['py-opencv', 'opencv-python-headless'],
  ['py-xgboost', 'xgboost'],
  ['pyqt', 'pyqt5'],
  ['pytables', 'tables'],
  ['python-graphviz', 'graphviz'],
  ['python-kaleido', 'kaleido'],
  ['pytorch', 'torch'],
  ['pytorch-cpu', 'torch'],
  ['pytorch-gpu', 'torch'],
  ['seaborn-base', 'seaborn'],
  ['tensorflow-base', 'tensorflow'],
  ['tensorflow-gpu', 'tensorflow'],
])

/** Programs, compilers and libraries of the system, which pip does not bring (or PyPI has something else by that name). */
const ofTheSystem = new Set(
  (
    'arrow-cpp blas boost boost-cpp bzip2 c-ares c-compiler ca-certificates cairo clang compilers conda cudatoolkit cudnn ' +
    'curl cxx-compiler eigen espeak-ng expat ffmpeg fftw fontconfig fortran-compiler freetype gcc gdal gdk-pixbuf geos gfortran ' +
    'giflib git git-lfs glib gmp gnutls graphviz gsl gst-plugins-base gstreamer gtk3 gxx harfbuzz hdf5 icu imagemagick ' +
    'intel-openmp jpeg krb5 lame lapack ld-impl-linux-64 lcms2 lerc llvm-openmp lz4-c magma make mamba maven mesalib mkl mpfr mpi ' +
    'mpich nasm nccl ncurses netcdf4-cpp nodejs nomkl nspr nss openblas openh264 openjdk openjpeg openmp openmpi openssl pandoc ' +
    'pango pcre pcre2 perl pip pixman pkg-config poppler portaudio proj python python-abi pytorch-cuda pytorch-mutex qt qt-main ' +
    'readline rust sdl2 snappy sox sqlite sysroot-linux-64 tbb tesseract texlive-core tk unixodbc wget x264 x265 xz yaml yarn zlib zstd'
  ).split(' '),
)

/** Python packages all the same. */
const libsOfPython = /^lib(clang|cst|magic|pysal|rosa|sass|sbml|svm|tmux|tpu)/

/** The name to ask PyPI for; undefined for what only conda has. @param name as the environment writes it. */
export function nameOnPyPI(name: string): string | undefined {
  const wanted = packageName(name)
  const isOfTheSystem =
    ofTheSystem.has(wanted) ||
    name.startsWith('_') ||
    /^(r|rpy2-r|xorg|cuda|gcc|gxx|gfortran|clang|binutils|libstdcxx|vs20\d\d)-/.test(wanted) ||
    (wanted.startsWith('lib') && !libsOfPython.test(wanted))
  return isOfTheSystem ? undefined : (renamed.get(wanted) ?? wanted)
}
