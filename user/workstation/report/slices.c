// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/report/slices.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/output.h"
#include "workstation/report/slice.h"
#include "export/export.h"

int ember_slices_check(const char *output, const char *format)
{
	if (ember_output_is_stdout(output)) {
		ember_error("--slice: a series needs -o FILE, whose name gets the time");
		return 2;
	}
	if (ember_export_form(output, format) == EMBER_FORM_PERF) {
		ember_error("--slice: perf's text has the time of each sample (see --time)");
		return 2;
	}
	return 0;
}

/* What OUT's ending, of one part or two, begins with; else its end. */
static const char *ember_slices_ending(const char *output)
{
	static const char *const two = ".pb.gz";
	const char *slash = strrchr(output, '/'), *dot = strrchr(output, '.');
	size_t n = strlen(output);

	if (n > strlen(two) && !strcmp(output + n - strlen(two), two))
		return output + n - strlen(two);
	return dot && dot > (slash ? slash : output) ? dot : output + n;
}

/* Milliseconds only where slices begin at some. */
static void ember_slices_stamp(char *to, size_t room, uint64_t ns, bool fine)
{
	time_t seconds = ns / 1000000000;
	char part[8] = "";
	struct tm tm;

	if (fine)
		snprintf(part, sizeof(part), ".%03u", (unsigned int)(ns / 1000000 % 1000));
	if (ns < EMBER_CLOCK_SET) {
		snprintf(to, room, "%06llu%ss", (unsigned long long)seconds, part);
		return;
	}
	gmtime_r(&seconds, &tm);
	strftime(to, room, "%Y%m%dT%H%M%S", &tm);
	strncat(to, part, room - strlen(to) - 1);
}

int ember_slices_write(const struct ember_profile *p, double seconds, const char *output,
		       const char *format)
{
	const char *ending = ember_slices_ending(output);
	uint64_t width = seconds * 1e9, begin;
	uint32_t i, last;
	int err = 0;

	if (!p->nr_moment)
		return ember_error("--slice: samples have no times (use logs only)");
	/* Names have milliseconds at most. */
	if (width < 1000000)
		width = 1000000;
	for (i = 0; i < p->nr_moment && !err; i = last) {
		char stamp[40], *path = NULL;
		struct ember_profile *slice;

		begin = p->moment[i].time_ns / width * width;
		for (last = i + 1; last < p->nr_moment; last++)
			if (p->moment[last].time_ns >= begin + width)
				break;
		ember_slices_stamp(stamp, sizeof(stamp), begin, width % 1000000000);
		if (asprintf(&path, "%.*s-%s%s", (int)(ending - output), output, stamp,
			     ending) < 0)
			return ember_error("out of memory");
		slice = ember_slice(p, i, last);
		slice->time_ns = begin < EMBER_CLOCK_SET ? 0 : begin;
		slice->duration_ns = width;
		err = ember_export_write(slice, path, format);
		ember_profile_free(slice);
		free(path);
	}
	return err;
}
