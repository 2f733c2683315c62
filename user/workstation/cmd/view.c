// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/view.h"

#include "base/message.h"
#include "base/number.h"
#include "base/output.h"
#include "export/export.h"
#include "workstation/report/line_granularity.h"
#include "workstation/report/listing.h"
#include "workstation/report/slices.h"

const struct ember_option ember_view_options[] = { EMBER_VIEW_ROWS(EMBER_LISTED), {} };

bool ember_view_option(struct ember_view *v, int c, int *err)
{
	const char *wrong;

	*err = 0;
	switch (c) {
	case 'L': v->lines = true; return true;
	case 'S': v->source_dir = optarg; return true;
	case 'w':
		if (!ember_number_seconds(optarg, &v->slice)) {
			ember_error("--slice %s: seconds, such as 10, 500ms or 5m", optarg);
			*err = 2;
		}
		return true;
	case 'l':
		v->list = optarg;
		wrong = ember_listing_wrong(optarg);
		if (wrong) {
			ember_error("--list %s: %s", optarg, wrong);
			*err = 2;
		}
		return true;
	}
	return false;
}

int ember_view_check(const struct ember_view *v, const char *output, const char *format)
{
	int err;

	if (v->list)
		return ember_output_check(output);
	err = v->slice ? ember_slices_check(output, format) : 0;
	return err ? err : ember_export_check(output, format);
}

void ember_view_apply(const struct ember_view *v, struct ember_profile *profile)
{
	if (v->lines)
		ember_by_lines(profile);
}

bool ember_view_write(const struct ember_view *v, struct ember_profile *profile,
		      const struct ember_symfs *symfs, const char *output, const char *format,
		      int *err)
{
	if (!v->list && !v->slice)
		return false;
	if (v->slice) {
		*err = ember_slices_write(profile, v->slice, output, format);
		return true;
	}
	*err = ember_listing_write(
		profile, &(struct ember_listing){ v->list, v->source_dir, symfs }, output);
	return true;
}
