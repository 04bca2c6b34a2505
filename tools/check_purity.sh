#!/usr/bin/env bash
# libleeward calls no operating system: no socket, thread, clock, environment, random source or
# stdio among what it leaves undefined. (GEOS and jansson come as libraries of their own.)
set -euo pipefail
library=$1
banned='^(socket|connect|accept|bind|listen|send|recv|sendto|recvfrom|poll|epoll_.*|pthread_create|thrd_create|clock_gettime|gettimeofday|time|getenv|secure_getenv|exit|_exit|printf|fprintf|vfprintf|puts|putchar|fputs|fwrite|fread|fopen|open|open64|read|write|pread|pwrite|unlink|rename|random|rand|srand|getrandom|getentropy|randombytes_buf|randombytes|__printf_chk|__fprintf_chk)$'
found=$(nm -u "$library" | awk '$1 == "U" {print $2}' | sort -u | grep -E "$banned" || true)
if [ -n "$found" ]; then
    echo "libleeward must be pure, but it calls:" $found
    exit 1
fi
echo "libleeward is pure"
