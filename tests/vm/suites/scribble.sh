# SPDX-License-Identifier: GPL-2.0-or-later
# A reader that scribbles on its pages while it is sampled at 10 kHz.
# cpus: 2
# programs: scribble
. /lab/ktap.sh

load
check "a hostile reader harms itself only" /lab/scribble
finish
