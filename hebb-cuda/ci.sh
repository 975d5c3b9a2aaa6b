#!/usr/bin/env bash
# What needs NVRTC: every kernel compiles for every architecture without warning or spill, the committed PTX and
# resource table are current, and a mutation run finds every broken guard. `ci.sh bless` writes the committed files.
#
# NVRTC comes as a Python wheel (24 MB) and is kept under target/. Neither a toolkit nor a driver is needed.
set -euo pipefail
cd "$(dirname "$0")/.."

version=12.1.105
venv=target/nvrtc
if ! ls "$venv"/lib/python3*/site-packages/nvidia/cuda_nvrtc/lib/libnvrtc.so.12 >/dev/null 2>&1; then
    python3 -m venv "$venv"
    "$venv"/bin/pip install --quiet --no-deps "nvidia-cuda-nvrtc-cu12==$version"
fi
export LD_LIBRARY_PATH
LD_LIBRARY_PATH=$(echo "$PWD/$venv"/lib/python3*/site-packages/nvidia/cuda_nvrtc/lib)${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}

if [ "${1:-}" = bless ]; then
    HEBB_BLESS=1 cargo test -p hebb-cuda --lib -- --ignored nvrtc_embedded nvrtc_compiles_every
    exit
fi
cargo test -p hebb-cuda --lib -- --ignored --nocapture nvrtc_
