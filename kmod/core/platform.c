// SPDX-License-Identifier: GPL-2.0-only
#include "platform.h"

#ifdef CONFIG_OF
#include <linux/ctype.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/platform_device.h>

#include "boot.h"
#include "recorder.h"
#include "../base/clock.h"
#include "../flight/flight.h"
#include "../flight/region.h"

#define EMBER_PLATFORM_FLIGHT "emberprof,flight-recorder"
#define EMBER_NODE_NAME	      64 /* of its path in messages */

/* The cell of a property that may be absent. 0, or -EINVAL (said). */
static int ember_platform_cell(const struct device_node *node, const char *node_name,
			       const char *name, u32 *value)
{
	struct property *property = of_find_property(node, name, NULL);

	if (!property)
		return 0;
	if (property->length == sizeof(u32))
		return of_property_read_u32(node, name, value);
	pr_err("emberprof: %s%s: %d bytes: one cell of 4\n", node_name, name,
	       property->length);
	return -EINVAL;
}

static bool ember_platform_printable(const char *text)
{
	if (!*text)
		return false;
	while (isprint(*text))
		text++;
	return !*text;
}

static int ember_platform_events(const struct device_node *node,
				 struct ember_boot_request *request)
{
	int i, nr = of_property_count_strings(node, request->names.events);
	const char *text;

	if (!of_find_property(node, request->names.events, NULL))
		return 0;
	for (i = 0; i < nr; i++) {
		if (of_property_read_string_index(node, request->names.events, i, &text) ||
		    !ember_platform_printable(text))
			break;
		if (ember_boot_events(request, text))
			return -EINVAL;
	}
	if (i == nr)
		return 0;
	pr_err("emberprof: %s%s: not a list of strings, as \"growth:64K\"\n",
	       request->names.node, request->names.events);
	return -EINVAL;
}

static int ember_platform_request(const struct device_node *node,
				  struct ember_boot_request *request)
{
	const struct ember_boot_names *names = &request->names;
	int err;

	err = ember_platform_cell(node, names->node, names->hz, &request->hz);
	if (!err)
		err = ember_platform_cell(node, names->node, names->ring_bytes,
					  &request->ring_bytes);
	if (!err)
		err = ember_platform_cell(node, names->node, names->max_frames,
					  &request->max_frames);
	if (!err)
		err = ember_platform_cell(node, names->node, names->budget_ppm,
					  &request->budget_ppm);
	return err ?: ember_platform_events(node, request);
}

static void ember_platform_end(void *unused)
{
	ember_boot_end();
}

/* The memory that the node's phandle leads to. 0, or -EINVAL (said). */
static int ember_platform_memory(const struct device_node *node,
				 struct ember_flight_request *request)
{
	struct device_node *memory = of_parse_phandle(node, request->names.address, 0);
	struct resource resource = {};
	int err = memory ? of_address_to_resource(memory, 0, &resource) : -ENOENT;

	of_node_put(memory);
	if (err) {
		pr_err("emberprof: %s%s: no phandle of a node below reserved-memory with a reg\n",
		       request->names.node, request->names.address);
		return -EINVAL;
	}
	request->address = resource.start;
	request->bytes = resource_size(&resource);
	return 0;
}

static int ember_platform_flight(struct platform_device *device)
{
	const struct device_node *node = device->dev.of_node;
	char name[EMBER_NODE_NAME];
	struct ember_flight_request request = {
		.names = { name, "memory-region", "memory-region", "emberprof,sample-rate-hz",
			   "emberprof,max-frames" },
		.hz = 99,
		.max_frames = EMBER_FLIGHT_FRAMES,
	};

	snprintf(name, sizeof(name), "%pOF: ", node);
	if (ember_platform_cell(node, name, request.names.hz, &request.hz) ||
	    ember_platform_cell(node, name, request.names.max_frames, &request.max_frames) ||
	    ember_platform_memory(node, &request) ||
	    ember_flight_start(&request, &ember_recorder_ops))
		return -ENODEV;
	return 0;
}

static int ember_platform_probe(struct platform_device *device)
{
	char name[EMBER_NODE_NAME];
	struct ember_boot_request request = {
		.names = { name, "emberprof,sample-rate-hz", "emberprof,ring-bytes",
			   "emberprof,max-frames", "emberprof,events",
			   "emberprof,budget-ppm" },
		.hz = 99,
		.max_frames = EMBER_FRAMES_MAX,
	};
	u64 begun = ember_clock();

	if (of_device_is_compatible(device->dev.of_node, EMBER_PLATFORM_FLIGHT))
		return ember_platform_flight(device);
	snprintf(name, sizeof(name), "%pOF: ", device->dev.of_node);
	/* All else makes the driver core say once more that it failed. */
	if (ember_platform_request(device->dev.of_node, &request) ||
	    ember_boot_start(&request, begun))
		return -ENODEV;
	return devm_add_action_or_reset(&device->dev, ember_platform_end, NULL);
}

static const struct of_device_id ember_platform_ids[] = {
	{ .compatible = "emberprof,boot-session" },
	{ .compatible = EMBER_PLATFORM_FLIGHT },
	{},
};
/* What MODULE_DEVICE_TABLE makes, but for a modpost that takes a 32-bit table for a 64-bit one, as
 * Debian's on another machine.
 */
MODULE_ALIAS("of:N*T*Cemberprof,boot-session");
MODULE_ALIAS("of:N*T*Cemberprof,boot-sessionC*");
MODULE_ALIAS("of:N*T*C" EMBER_PLATFORM_FLIGHT);
MODULE_ALIAS("of:N*T*C" EMBER_PLATFORM_FLIGHT "C*");

static struct platform_driver ember_platform_driver = {
	.probe = ember_platform_probe,
	.driver = {
		.name = "emberprof",
		.of_match_table = ember_platform_ids,
		/* Who ends a boot session unloads the module. */
		.suppress_bind_attrs = true,
	},
};

int ember_platform_init(void)
{
	return platform_driver_register(&ember_platform_driver);
}

void ember_platform_exit(void)
{
	platform_driver_unregister(&ember_platform_driver);
}
#else
int ember_platform_init(void)
{
	return 0;
}

void ember_platform_exit(void)
{
}
#endif
