#!/bin/bash
# timed.sh CMD... - runs CMD, then prints its duration in milliseconds on a separate line.
t0=${EPOCHREALTIME/[.,]/}
"$@" || exit
t1=${EPOCHREALTIME/[.,]/}
printf '%d.%03d\n' $(((t1 - t0) / 1000)) $(((t1 - t0) % 1000))
