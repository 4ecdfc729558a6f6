#!/bin/sh
# Finds a Python that the program runs on and hands everything over to main.py.
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1

fits() {
    "$1" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1
}

# What an earlier run has prepared comes first, so that it is not built anew for another Python.
for python in "$here/.venv/bin/python" python3.12 python3.13 python3.11 python3.10 python3 python; do
    if fits "$python"; then
        exec "$python" "$here/main.py" "$@"
    fi
done

# None fits: main.py itself says so best, as long as there is any Python to say it.
for python in python3 python; do
    if "$python" -c '' >/dev/null 2>&1; then
        exec "$python" "$here/main.py" "$@"
    fi
done

echo "找不到 Python，請先安裝 Python 3.12：https://www.python.org/downloads/" >&2
echo "No Python was found. Install Python 3.12 first: https://www.python.org/downloads/" >&2
exit 1
