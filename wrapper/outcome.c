#include "wrapper/outcome.h"

const char *run_mode_name(enum run_mode mode)
{
	static const char *const names[] = {"run", "verify", "probe"};

	return names[mode];
}

int run_exit_code(const struct run *run)
{
	return roll_exit_code(&run->roll, run->signal, run->broken);
}
