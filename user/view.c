// SPDX-License-Identifier: GPL-2.0-or-later
#include "view.h"

#include "base/error.h"
#ifdef WITH_WORKSTATION
#include "model/bylines.h"
#include "sink/listing.h"
#endif

#ifdef WITH_WORKSTATION
bool ember_view_option(struct ember_view *v, int c, int *err)
{
	const char *wrong;

	*err = 0;
	switch (c) {
	case 'L': v->lines = true; return true;
	case 'S': v->source_dir = optarg; return true;
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

bool ember_view_write(const struct ember_view *v, struct ember_profile *profile,
		      const char *output, int *err)
{
	if (v->lines)
		ember_by_lines(profile);
	if (!v->list)
		return false;
	*err = ember_listing_write(profile, &(struct ember_listing){ v->list, v->source_dir },
				   output);
	return true;
}
#else
bool ember_view_option(struct ember_view *v, int c, int *err)
{
	(void)v;
	if (c != 'L' && c != 'l' && c != 'S')
		return false;
	ember_error("source lines need a tool built with WITH_WORKSTATION=1");
	*err = 2;
	return true;
}

bool ember_view_write(const struct ember_view *v, struct ember_profile *profile,
		      const char *output, int *err)
{
	(void)v;
	(void)profile;
	(void)output;
	(void)err;
	return false;
}
#endif
