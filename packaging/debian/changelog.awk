# SPDX-License-Identifier: GPL-2.0-or-later
# Debian's changelog from CHANGELOG.md, an entry a section.
#   awk -v version=V -v date=RFC5322 -v who="NAME <ADDRESS>" -f changelog.awk CHANGELOG.md
# The section "Unreleased" is what `version` will be; others begin with their version.

function item(   n, i, word, line) {
	if (text == "")
		return
	gsub(/`/, "", text)
	n = split(text, word, / +/)
	line = "  *"
	for (i = 1; i <= n; i++) {
		if (length(line " " word[i]) > 78) {
			print line
			line = "   "
		}
		line = line " " word[i]
	}
	print line
	text = ""
}

function end() {
	item()
	if (entries)
		print "\n -- " who "  " date "\n"
}

/^## / {
	end()
	entries++
	print "emberprof (" ($2 == "Unreleased" ? version : $2) ") unstable; urgency=medium\n"
	next
}
!entries { next }
/^- / { item(); text = substr($0, 3); next }
NF { sub(/^ +/, ""); text = text " " $0 }
END {
	end()
	exit !entries
}
