# SPDX-License-Identifier: GPL-2.0-or-later
# The same by a CPU that has 52 bits of an address with pages of 4 KiB, too.
# arch: arm64
# kernels: trixie* sid*
# cpu: max,pauth-impdef=on
# timeout: 300
# programs: shares shares@pac zero distinct
# files: tests/vm/suites/signed.sh
. /lab/signed.sh
