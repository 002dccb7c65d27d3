#include "assertions/formats/verifier.h"

static const struct verifier *const verifiers[] = {
	&verify_sqlite, &verify_pg_custom, &verify_rdb, &verify_etcd, &verify_age, &verify_gpg, &verify_pg_directory,
};

const struct verifier *verifier_find(enum format format)
{
	for (size_t i = 0; i < sizeof(verifiers) / sizeof(verifiers[0]); i++)
		if (verifiers[i]->format == format)
			return verifiers[i];
	return NULL;
}
