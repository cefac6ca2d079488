#!/bin/sh
# Makes .venv, installs requirements.txt into it and fetches the demo's model. Says what it does; a second
# call takes no time. Needs no root.
set -eu
cd "$(dirname "$0")/.."

python=.venv/bin/python
stamp=.venv/requirements.installed
log=.venv/setup.log

supported() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null
}

find_python() {
    for name in python3.12 python3.11 python3 python; do
        if command -v "$name" >/dev/null && supported "$name"; then
            command -v "$name"
            return
        fi
    done
}

make_venv() {
    found=$(find_python)
    if [ -n "$found" ] && "$found" -c 'import ensurepip, venv' 2>/dev/null; then
        echo "Making .venv with $("$found" --version)"
        "$found" -m venv .venv
    elif command -v uv >/dev/null; then
        echo "Making .venv with uv"
        uv venv --quiet --seed --python "${found:-3.12}" .venv
    elif [ -n "$found" ] && command -v virtualenv >/dev/null; then
        echo "Making .venv with virtualenv"
        virtualenv --quiet --python "$found" .venv
    elif [ -n "$found" ]; then
        echo "error: $found cannot make virtual environments. Install its venv package, on Debian and Ubuntu:" >&2
        echo "  sudo apt install $("$found" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')-venv" >&2
        exit 1
    else
        echo "error: Foresight needs Python 3.11 or 3.12, and neither is on this machine." >&2
        echo "  Debian 12: sudo apt install python3 python3-venv. Others: install uv, it brings a Python." >&2
        exit 1
    fi
}

install() {
    echo "Installing requirements.txt into .venv (some minutes the first time; details in $log)"
    started=$(date +%s)
    (
        while sleep 15 >/dev/null 2>&1; do
            echo "  $(($(date +%s) - started)) s: $(grep -v -i warning "$log" | tail -n 1 | cut -c 1-90)"
        done
    ) &
    reporter=$!
    failed=0
    "$python" -m pip install --disable-pip-version-check --progress-bar off -r requirements.txt >"$log" 2>&1 ||
        failed=1
    kill "$reporter" 2>/dev/null || true
    if [ "$failed" -ne 0 ]; then
        tail -n 20 "$log" >&2
        echo "error: the installation failed; the whole story is in $log." >&2
        exit 1
    fi
}

if ! supported "$python" || ! "$python" -m pip --version >/dev/null 2>&1; then
    rm -rf .venv
    make_venv
fi

# The Python is part of the stamp: another one needs its own packages.
wanted="$("$python" --version) $(sha256sum <requirements.txt)"
if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
    install
    echo "$wanted" >"$stamp"
fi

# The command `foresight`, as it stands in this folder. setuptools is there: PyTorch needs it.
if [ ! -x .venv/bin/foresight ]; then
    "$python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable . \
        >>"$log" 2>&1 || {
        tail -n 20 "$log" >&2
        echo "error: the command foresight could not be installed; the whole story is in $log." >&2
        exit 1
    }
fi

models=${FORESIGHT_HOME:-var}/models
if [ ! -f "$models/smollm2-135m-instruct/config.json" ]; then
    echo "Fetching the model SmolLM2-135M (about 100 MB)"
    "$python" -m training fetch-model smollm2-135m-instruct
fi
