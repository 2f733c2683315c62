# SPDX-License-Identifier: GPL-2.0-or-later
# What a page begins and ends with, of files that are no C: report/page.c has them within.
page_libraries := third_party/d3/d3.min.js third_party/d3-flame-graph/d3-flamegraph.min.js
page_styles := user/workstation/page/page.css
# Where the assembler looks for what it includes.
page_flags := -Wa,-I,'$(out)'
page_objects := tool unit/user fuzz/tool
page_scripts := $(addprefix user/workstation/page/,data.js colours.js hover.js calls.js heat.js strips.js table.js keys.js page.js)

$(out)/page/head.html: $(page_styles) user/workstation/page/body.html user/workstation/page/page.mk
	@mkdir -p '$(@D)'
	@{ echo '<!DOCTYPE html>'; \
	echo '<html lang="en"><head><meta charset="utf-8"><title>emberprof</title>'; \
	echo '<meta name="viewport" content="width=device-width">'; \
	echo '<meta http-equiv="Content-Security-Policy" content="default-src '"'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'"'">'; \
	echo '<style>'; cat $(page_styles); echo '</style></head><body>'; \
	cat user/workstation/page/body.html; \
	echo '<script type="text/plain" id="profile">'; } >$@

$(out)/page/tail.html: $(page_libraries) $(page_scripts) user/workstation/page/page.mk
	@mkdir -p '$(@D)'
	@{ echo '</script>'; \
	for library in $(page_libraries); do \
		echo '<script>/*'; cat "$${library%/*}/LICENSE"; echo '*/'; \
		cat "$$library"; echo '</script>'; done; \
	echo "<script>'use strict';"; cat $(page_scripts); echo '</script></body></html>'; } >$@

$(page_objects:%=$(out)/%/workstation/report/page.o): $(out)/page/head.html $(out)/page/tail.html
