// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tracepoints that we listen to, while there is a configured session: looked
 * up by name, since none of them is exported everywhere.
 */
#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/jiffies.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "../compat/tracepoint.h"
#include "probes.h"
#include "queue.h"

unsigned int ember_probes_listening;
bool ember_tracepoints = true;

static const struct ember_probes_ops *ember_probes_ops;
static DEFINE_MUTEX(ember_probes_lock);
/* One more while they are attached, so that who comes then waits for no lock. */
static atomic_t ember_probes_users;
static bool ember_probes_attached;

/*
 * To detach waits for RCU, which a real-time task can hold up: nobody who closes a session
 * waits for it, and who comes soon after finds the probes as they were.
 */
#define EMBER_PROBES_LINGER (10 * HZ)
static void ember_probes_rest(struct work_struct *work);
static DECLARE_DEFERRABLE_WORK(ember_probes_resting, ember_probes_rest);

#define for_each_probe(table, probe) \
	for (table = ember_probes_ops->tables; *table; table++) \
		for (probe = *table; probe->name; probe++)

#ifdef CONFIG_TRACEPOINTS
static void ember_probe_match(struct tracepoint *tp, void *data)
{
	struct ember_probe *const *table;
	struct ember_probe *probe;

	for_each_probe(table, probe)
		if (!strcmp(tp->name, probe->name))
			probe->tp = tp;
}

void ember_probes_init(const struct ember_probes_ops *ops)
{
	ember_probes_ops = ops;
	if (!ember_tracepoints)
		return;
	for_each_kernel_tracepoint(ember_probe_match, NULL);
}

static void ember_probe_detach(struct ember_probe *probe)
{
	if (!probe->attached)
		return;
	tracepoint_probe_unregister(probe->tp, probe->function, NULL);
	probe->attached = false;
}

static int ember_probe_attach(struct ember_probe *probe)
{
	int err;

	if (!probe->tp || probe->attached)
		return 0;
	err = tracepoint_probe_register(probe->tp, probe->function, NULL);
	probe->attached = !err;
	return err;
}

static void ember_probes_settle(void)
{
	tracepoint_synchronize_unregister();
}
#else
void ember_probes_init(const struct ember_probes_ops *ops)
{
	ember_probes_ops = ops;
}
static void ember_probe_detach(struct ember_probe *probe)
{
}
static int ember_probe_attach(struct ember_probe *probe)
{
	return 0;
}
static void ember_probes_settle(void)
{
}
#endif

u64 ember_probes_features(void)
{
	struct ember_probe *const *table;
	struct ember_probe *probe;
	u64 features = 0, missing = 0;

	for_each_probe(table, probe) {
		features |= probe->feature;
		if (!probe->tp)
			missing |= probe->feature;
	}
	return features & ~(missing & ~ember_probes_ops->elsewhere);
}

static void ember_probes_detach_table(struct ember_probe *probe)
{
	for (; probe->name; probe++)
		ember_probe_detach(probe);
}

/* All of it, or nothing. */
static int ember_probes_attach_table(struct ember_probe *table)
{
	struct ember_probe *probe;
	int err;

	for (probe = table; probe->name; probe++) {
		err = ember_probe_attach(probe);
		if (err) {
			ember_probes_detach_table(table);
			return err;
		}
	}
	return 0;
}

static void ember_probes_detach(void)
{
	struct ember_probe *const *table;

	for (table = ember_probes_ops->tables; *table; table++)
		ember_probes_detach_table(*table);
	ember_probes_settle();
	WRITE_ONCE(ember_probes_listening, 0);
	ember_probes_ops->detached();
}

static int ember_probes_attach(void)
{
	struct ember_probe *const *table;
	unsigned int kind, listening = 0;
	int err;

	for (table = ember_probes_ops->tables; *table; table++) {
		if (!ember_probes_ops->always(*table))
			continue;
		err = ember_probes_attach_table(*table);
		if (err)
			return err;
	}
	for (kind = 0; kind < EMBER_WATCH_KINDS; kind++)
		if (ember_probes_ops->watched[kind][0].attached)
			listening |= BIT(kind);
	WRITE_ONCE(ember_probes_listening, listening);
	ember_probes_ops->attached();
	return 0;
}

int ember_probes_get(void)
{
	int err = 0, users = atomic_fetch_add_unless(&ember_probes_users, 1, 0);

	if (users == 1)
		ember_probes_ops->begin();
	if (users)
		return 0;
	if (mutex_lock_killable(&ember_probes_lock))
		return -EINTR;
	if (!ember_probes_attached) {
		ember_probes_ops->calibrate();
		err = ember_probes_attach();
		ember_probes_attached = !err;
		if (err)
			ember_probes_detach();
	}
	if (!err && !atomic_inc_not_zero(&ember_probes_users)) {
		ember_probes_ops->begin();
		atomic_set(&ember_probes_users, 2);
	}
	mutex_unlock(&ember_probes_lock);
	return err;
}

void ember_probes_put(void)
{
	if (atomic_dec_return(&ember_probes_users) == 1)
		mod_delayed_work(ember_away_queue, &ember_probes_resting, EMBER_PROBES_LINGER);
}

static void ember_probes_rest(struct work_struct *work)
{
	if (atomic_cmpxchg(&ember_probes_users, 1, 0) != 1)
		return;
	mutex_lock(&ember_probes_lock);
	/* Somebody may have come before us. */
	if (!atomic_read(&ember_probes_users)) {
		ember_probes_detach();
		ember_probes_attached = false;
	}
	mutex_unlock(&ember_probes_lock);
}

void ember_probes_exit(void)
{
	cancel_delayed_work_sync(&ember_probes_resting);
	ember_probes_rest(NULL);
}

int ember_probes_demand(struct ember_probe *table)
{
	int err;

	if (mutex_lock_killable(&ember_probes_lock))
		return -EINTR;
	err = ember_probes_attach_table(table);
	mutex_unlock(&ember_probes_lock);
	return err;
}

bool ember_probes_listen(enum ember_watched kind, bool on)
{
	struct ember_probe *table = ember_probes_ops->watched[kind];

	mutex_lock(&ember_probes_lock);
	if ((on && atomic_read(&ember_probes_users) < 2) || on == ember_probes_listen_to(kind))
		goto unlock;
	if (on) {
		if (!ember_probes_attach_table(table) && table[0].attached)
			WRITE_ONCE(ember_probes_listening, ember_probes_listening | BIT(kind));
		goto unlock;
	}
	ember_probes_detach_table(table);
	ember_probes_settle();
	ember_probes_ops->unwatched();
	WRITE_ONCE(ember_probes_listening, ember_probes_listening & ~BIT(kind));
unlock:
	on = ember_probes_listen_to(kind);
	mutex_unlock(&ember_probes_lock);
	return on;
}
