/* What `sample` expects: entered by the wrapper under verify --sample, never written in a manifest. */
#ifndef MUSTER_CHECKS_SAMPLED_H
#define MUSTER_CHECKS_SAMPLED_H

#include "assertions/checks/assertion.h"

struct sample_parameters {
	enum format outermost;          /* as declared; FORMAT_UNKNOWN: what is recognised */
	unsigned channels;              /* of all checks on the bytes: how far a full verify would look into what is recognised */
	bool is_allowed;                /* the manifest lets the rest go unread; else it is not proven */
	size_t left_out;                /* rows that are left to a full verify */
};

#endif
