#!/bin/bash
# timed.sh CMD... - runs CMD, then prints on a line of its own how many milliseconds it took from start to end.
t0=${EPOCHREALTIME/[.,]/}
"$@" || exit
t1=${EPOCHREALTIME/[.,]/}
printf '%d.%03d\n' $(((t1 - t0) / 1000)) $(((t1 - t0) % 1000))
