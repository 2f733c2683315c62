# SPDX-License-Identifier: GPL-2.0-or-later
# Unwind tables as the module takes them, or doesn't.
# cpus: 2
# programs: tables
. /lab/ktap.sh

load max_table_bytes=4000000
check "tables" /lab/tables
finish
