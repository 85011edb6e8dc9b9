# Runs in a mount namespace of its own: enter SCRATCH (SOURCE TARGET)... -- PROGRAM ARGUMENTS...
# Binds each SOURCE onto TARGET. A TARGET that does not exist gets an overlay over its nearest existing parent, so that nothing is
# created on the machine itself; the overlay's upper layer lies on a tmpfs, since one overlay cannot carry another's.
set -e
scratch=$1/scratch
shift
mkdir -p "$scratch"
# No mount may show outside. In a chroot / is no mount point and cannot be changed; there it must be private already.
mount --make-rprivate / 2>/dev/null || ! grep -q ' shared:' /proc/self/mountinfo
mount -t tmpfs -o size=16m scratch "$scratch"
overlaid=

lies_in_an_overlay() {
  for folder in $overlaid; do
    case $1/ in "$folder"/*) return 0 ;; esac
  done
  return 1
}

overlay() { # FOLDER
  layer=$(mktemp -d "$scratch/XXXXXX")
  mkdir "$layer/upper" "$layer/work"
  mount -t overlay -o "lowerdir=$1,upperdir=$layer/upper,workdir=$layer/work" overlay "$1"
  overlaid="$overlaid $1"
}

create() { # SOURCE TARGET: an empty folder or file to bind onto
  parent=$2
  while [ ! -e "$parent" ]; do parent=$(dirname "$parent"); done
  if [ "$parent" = / ]; then
    echo "cannot mount at $2: choose a path below a folder that exists" >&2
    exit 125
  fi
  lies_in_an_overlay "$parent" || overlay "$parent"
  if [ -d "$1" ]; then mkdir -p "$2"; else mkdir -p "$(dirname "$2")" && : >"$2"; fi
}

while [ "$1" != -- ]; do
  target=$(realpath -m "$2")
  [ -e "$target" ] || create "$1" "$target"
  mount --bind "$1" "$target"
  shift 2
done
shift
exec "$@"
