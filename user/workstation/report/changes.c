// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/report/changes.h"

#include "base/message.h"
#include "base/screen.h"
#include "base/output.h"
#include "export/folded.h"
#include "export/page.h"
#include "export/pprof.h"
#include "export/export.h"

int ember_changes_check(const char *output, const char *format)
{
	switch (ember_export_form(output, format)) {
	case EMBER_FORM_TABLE:
	case EMBER_FORM_FOLDED:
	case EMBER_FORM_PAGE:
	case EMBER_FORM_PPROF:
	case EMBER_FORM_PPROF_PLAIN: return ember_export_check(output, format);
	default:
		ember_error("%s: table (.txt), folded, html or pprof (.pb.gz, .pb)",
			    format ? format : output);
		return 2;
	}
}

#define EMBER_CHANGES_LEAST 10 /* lines of a table, noise or not */

struct ember_changes {
	const struct ember_diff *diff;
	const struct ember_profile *base; /* only for pprof */
	const struct ember_diff_runs *runs;
	const struct ember_changes_how *how;
	enum ember_form form;
};

static void ember_changes_shares(FILE *out, const struct ember_diff *d, const uint64_t *count,
				 bool is)
{
	double before = 100 * count[0] / d->per[0], after = 100 * count[1] / d->per[1];

	fprintf(out, "%7.2f %7.2f ", before, after);
	fputs(ember_ink(!is	       ? EMBER_INK_PLAIN :
			after > before ? EMBER_INK_MORE :
					 EMBER_INK_LESS),
	      out);
	fprintf(out, "%+7.2f  ", after - before);
	fputs(ember_ink(EMBER_INK_PLAIN), out);
}

/* Return whether a share has another value after. */
static bool ember_changes_any(const struct ember_diff *d, const struct ember_change *c)
{
	return c->self[0] / d->per[0] != c->self[1] / d->per[1] ||
	       c->total[0] / d->per[0] != c->total[1] / d->per[1];
}

/* Return how many changes the table has: those that aren't noise, and the largest. */
static uint32_t ember_changes_shown(const struct ember_changes *c)
{
	const struct ember_diff *d = c->diff;
	uint32_t shown = d->nr_is;

	if (c->how->all)
		return d->nr_change;
	while (shown < EMBER_CHANGES_LEAST && shown < d->nr_change &&
	       ember_changes_any(d, &d->change[shown]))
		shown++;
	return shown;
}

static void ember_changes_verdict(FILE *out, const struct ember_diff *d)
{
	if (d->nr_is)
		fprintf(out, "%u of %u functions %s changed by more than noise\n", d->nr_is,
			d->nr_change, d->nr_is == 1 ? "has" : "have");
	else if (d->distance > d->noise)
		fprintf(out,
			"all %u functions together have changed by more than noise, none by itself\n",
			d->nr_change);
	else
		fprintf(out, "none of %u functions has changed by more than noise\n",
			d->nr_change);
}

static void ember_changes_table(FILE *out, const struct ember_changes *c)
{
	const struct ember_diff *d = c->diff;
	const struct ember_profile *after = c->runs[1].run[0];
	const struct ember_profile_event *e = ember_profile_shown(after);
	char each[EMBER_AMOUNT_MAX];
	uint32_t i, shown = ember_changes_shown(c);

	fprintf(out, "%llu samples before, %llu after; shares in %% of %s; * isn't noise",
		(unsigned long long)d->nr[0], (unsigned long long)d->nr[1],
		c->how->by_time ? "a CPU" : "samples");
	if (e && e->period) {
		ember_profile_amount(after, e->period, each);
		fprintf(out, "\na sample stands for %s of %s", each,
			ember_text(after, after->type[e->type + 1].name));
	}
	if (d->spread > 1.005)
		fprintf(out, " (variance is %.1f times that of independent samples)",
			d->spread);
	fprintf(out, "\ntotal variation distance %.2f %%, by noise alone up to %.2f %%\n\n",
		100 * d->distance, 100 * (d->noise < 1 ? d->noise : 1));
	if (shown)
		fputs("   self:                    total:\n"
		      " before   after  change    before   after  change    function\n",
		      out);
	for (i = 0; i < shown; i++) {
		const struct ember_change *change = &d->change[i];

		ember_changes_shares(out, d, change->self, change->is);
		ember_changes_shares(out, d, change->total, change->is);
		fprintf(out, "%c %s%s\n", change->is ? '*' : ' ',
			ember_text(d->both, change->name), change->kernel ? "_[k]" : "");
	}
	if (shown < d->nr_change)
		fprintf(out, "and %u more (--all)\n", d->nr_change - shown);
	ember_changes_verdict(out, d);
}

/* An ember_output_fn. */
static void ember_changes_put(void *context, FILE *out)
{
	const struct ember_changes *c = context;

	switch (c->form) {
	case EMBER_FORM_FOLDED:
		/* As many before as after: shares are what is compared. */
		ember_export_folded_two(out, c->diff->both, c->diff->per[1] / c->diff->per[0]);
		break;
	case EMBER_FORM_PAGE:
		ember_export_page(
			out, &(struct ember_page){ c->diff->both,
						   true,
						   c->diff->per[1] / c->diff->per[0],
						   { c->runs[0].run[0], c->runs[1].run[0] } });
		break;
	case EMBER_FORM_PPROF:
	case EMBER_FORM_PPROF_PLAIN:
		ember_export_pprof(out, c->base, c->form == EMBER_FORM_PPROF);
		break;
	default: ember_changes_table(out, c);
	}
}

int ember_changes_write(const struct ember_diff *diff, const struct ember_diff_runs runs[2],
			const struct ember_changes_how *how)
{
	struct ember_changes changes = { .diff = diff, .runs = runs, .how = how };
	struct ember_profile *base = NULL;
	int err;

	changes.form = ember_export_form(how->output, how->format);
	if (changes.form == EMBER_FORM_PPROF || changes.form == EMBER_FORM_PPROF_PLAIN) {
		base = ember_diff_base(runs, how->by_time);
		if (!base)
			return ember_error("pprof: sample types differ");
	}
	changes.base = base;
	err = ember_output_write(how->output, ember_changes_put, &changes);
	ember_profile_free(base);
	return err;
}
