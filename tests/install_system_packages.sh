#!/bin/sh
# Install the system packages the tests use, where this user may; say so where not. Arguments: other packages instead.
packages="${*:-libreoffice-calc python3-uno poppler-utils fonts-liberation chromium}"
if [ $# -eq 0 ] && command -v soffice >/dev/null 2>&1 && command -v pdftoppm >/dev/null 2>&1 \
    && command -v chromium >/dev/null 2>&1 && /usr/bin/python3 -c 'import uno' >/dev/null 2>&1; then
    exit 0
fi
if ! command -v apt-get >/dev/null 2>&1; then
    echo "No apt-get here; please install: $packages" >&2
    exit 0
fi
if [ "$(id -u)" -eq 0 ]; then as_root=""; elif sudo -n true 2>/dev/null; then as_root="sudo"; else
    echo "No right to install; please run: sudo apt-get install $packages" >&2
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq && $as_root apt-get install -y -qq --no-install-recommends $packages >/dev/null
