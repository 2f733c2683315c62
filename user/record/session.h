/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A session of the module, from CONFIG or ADOPT to its close, and the recording that its rings become. */
#ifndef EMBER_SESSION_H
#define EMBER_SESSION_H

#include "model/recording.h"
#include "record/cgroups.h"
#include "record/device.h"
#include "record/labels.h"
#include "record/request.h"
#include "record/watch.h"
#include "symbolize/symbols.h"
#include "record/loader.h"

struct ember_record_session {			/* begins as EMBER_SESSION(); the loader's settings are the caller's */
	struct ember_request *request;
	struct ember_watch *watch;	/* of the request's processes; NULL: none */
	struct ember_symbols *keep;	/* keeps names of processes that may end; NULL: a log does */
	struct ember_device device;
	struct ember_cgroups cgroups;	/* of --only */
	struct ember_adopt adopt;	/* the boot session, with --adopt */
	struct ember_recording recording;
	struct ember_process_labels labels;	/* of its processes */
	struct ember_loader loader;
	struct ember_status status;	/* as last read */
};

#define EMBER_SESSION(request_)	\
	((struct ember_record_session){ .request = (request_), .device.fd = -1 })

/*
 * Give symbols, and the loader of the session's unwind tables with them, the folders and settings
 * of a request; the daemon's may be newer than the session.
 */
void ember_session_symbols(struct ember_record_session *session,
			   const struct ember_request *request, struct ember_symbols *symbols);
/* Open the device and check that the module can do what is asked for. Returns 0, or 1 (said). */
int ember_session_open(struct ember_record_session *session);
/*
 * Configure a session, or adopt the boot session, whose rate the request has then. write_ns: the
 * samples go into a log that is written so often, and rings are read as often; 0: there is none.
 * Returns 0, or 1 (said).
 */
int ember_session_configure(struct ember_record_session *session, uint64_t write_ns);
/* Begin the recording. A log that takes its settled samples begins between this and the start. */
void ember_session_begin(struct ember_record_session *session);
/* Start to sample; a boot session is read, and runs unless its rings were full. Returns 0, or 1 (said). */
int ember_session_start(struct ember_record_session *session);
/* Take what the rings have. */
void ember_session_read(struct ember_record_session *session);
/* Compile and load a slice of unwind tables. Returns whether there is more to do. */
bool ember_session_compile(struct ember_record_session *session);
/* Read the status of the whole session into session->status. Returns 0, or 1 (said). */
int ember_session_status(struct ember_record_session *session);
/* Stop to sample, and read all that is left. Returns 0, or 1 (said). */
int ember_session_stop(struct ember_record_session *session);
/* Close the device: the module's session is gone with what it held. */
void ember_session_close(struct ember_record_session *session);
/* Free the recording and the tables that wait, behind the close. */
void ember_session_free(struct ember_record_session *session);

#endif
