// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/report/slices.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/message.h"
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

/* Return the time of the next moment of either kind; UINT64_MAX: there is none. */
static uint64_t ember_slices_next(const struct ember_profile *p, const struct ember_slice *s)
{
	uint64_t next = s->last < p->nr_moment ? p->moment[s->last].time_ns : UINT64_MAX;

	if (s->last_weighted < p->nr_weighted && p->weighted[s->last_weighted].time_ns < next)
		next = p->weighted[s->last_weighted].time_ns;
	return next;
}

int ember_slices_write(const struct ember_profile *p, double seconds, const char *output,
		       const char *format)
{
	const char *ending = ember_slices_ending(output);
	uint64_t width = seconds * 1e9, begin, next;
	struct ember_slice s = {};
	int err = 0;

	if (!p->nr_moment && !p->nr_weighted)
		return ember_error("--slice: samples have no times (use logs only)");
	/* Names have milliseconds at most. */
	if (width < 1000000)
		width = 1000000;
	while (!err && (next = ember_slices_next(p, &s)) != UINT64_MAX) {
		char stamp[40], *path = NULL;
		struct ember_profile *slice;

		begin = next / width * width;
		s.first = s.last;
		s.first_weighted = s.last_weighted;
		while (s.last < p->nr_moment && p->moment[s.last].time_ns < begin + width)
			s.last++;
		while (s.last_weighted < p->nr_weighted &&
		       p->weighted[s.last_weighted].time_ns < begin + width)
			s.last_weighted++;
		ember_slices_stamp(stamp, sizeof(stamp), begin, width % 1000000000);
		if (asprintf(&path, "%.*s-%s%s", (int)(ending - output), output, stamp,
			     ending) < 0)
			return ember_error("out of memory");
		slice = ember_slice_make(p, &s);
		slice->time_ns = begin < EMBER_CLOCK_SET ? 0 : begin;
		slice->duration_ns = width;
		err = ember_export_write(slice, path, format);
		ember_profile_free(slice);
		free(path);
	}
	return err;
}
