#!/usr/bin/env bash
# What needs NVRTC: every kernel compiles for every architecture without warning or spill, the committed PTX and
# resource tables are current, and a mutation run finds every broken guard. `ci.sh bless` writes the committed files.
#
# NVRTC comes as Python wheels (24 and 58 MB), which are kept under target/. Neither a toolkit nor a driver is needed.
# The old one knows sm_70 and makes PTX that old drivers take; the new one knows the newest architectures.
set -euo pipefail
cd "$(dirname "$0")/.."

# Prints the folder of libnvrtc, after installing the wheel if that was not done before.
nvrtc() {
    local folder=target/nvrtc/$1-$2
    if [ ! -d "$folder" ]; then
        [ -d target/nvrtc/venv ] || python3 -m venv target/nvrtc/venv
        target/nvrtc/venv/bin/pip install --quiet --no-deps --target "$folder.new" "$1==$2"
        mv "$folder.new" "$folder"
    fi
    dirname "$PWD/$(find "$folder" -name 'libnvrtc.so.*')"
}

# Builds the library's tests, and sets `tests` to the binary. The whole workspace is named, as where all tests are run:
# one crate alone would have other features switched on in what it needs, and all of that would be built again.
build() {
    local built
    built=$(cargo test --workspace --lib --no-run 2>&1) || {
        printf '%s\n' "$built"
        return 1
    }
    tests=$PWD/$(sed -n 's/.*(\(.*\/hebb_cuda-[0-9a-f]*\))$/\1/p' <<<"$built")
}

# Runs tests of the library with an NVRTC.
with() {
    local library=$1
    shift
    LD_LIBRARY_PATH=$library${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} "$tests" --ignored --nocapture "$@"
}

old=$(nvrtc nvidia-cuda-nvrtc-cu12 12.1.105)
new=$(nvrtc nvidia-cuda-nvrtc 13.5.37)
build
if [ "${1:-}" = bless ]; then
    export HEBB_BLESS=1
    with "$old" nvrtc_embedded nvrtc_compiles_every
    with "$new" nvrtc_compiles_every
    exit
fi
# Two halves, one for each core.
(HEBB_MUTANTS=0/2 with "$old" nvrtc_mutants && with "$new" nvrtc_compiles_every) &
failed=0
HEBB_MUTANTS=1/2 with "$old" nvrtc_ || failed=1
wait $! || failed=1
exit $failed
