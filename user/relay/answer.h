/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a server's answer says of the request: was it taken, and may it be sent once more? */
#ifndef EMBER_RELAY_ANSWER_H
#define EMBER_RELAY_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "relay/request.h"

#define EMBER_ANSWER_WHY	256

enum ember_verdict {
	EMBER_VERDICT_SENT,
	EMBER_VERDICT_AGAIN,		/* certainly not taken: it may be sent once more */
	EMBER_VERDICT_REFUSED,		/* not taken, nor will it be */
	EMBER_VERDICT_UNCERTAIN,	/* it may have been taken: it must not be sent once more */
};

struct ember_relay_answer {
	long status;			/* HTTP's */
	const char *type;		/* Content-Type; NULL: none */
	const uint8_t *body;		/* what came of it, */
	size_t n;
	bool cut;			/* and there was more than we read */
};

/* Judge an answer. why: for people, in one line without control characters; "": sent. */
enum ember_verdict ember_answer_judge(enum ember_relay_form form,
				      const struct ember_relay_answer *answer,
				      char why[EMBER_ANSWER_WHY]);

#endif
