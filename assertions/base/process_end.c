#include "assertions/base/process_end.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

/* Of our own, since not every C library has sigabbrev_np(). */
static const struct {
	int number;
	const char *name;
} signals[] = {
	{SIGHUP, "SIGHUP"},       {SIGINT, "SIGINT"},   {SIGQUIT, "SIGQUIT"},   {SIGILL, "SIGILL"},
	{SIGTRAP, "SIGTRAP"},     {SIGABRT, "SIGABRT"}, {SIGBUS, "SIGBUS"},     {SIGFPE, "SIGFPE"},
	{SIGKILL, "SIGKILL"},     {SIGUSR1, "SIGUSR1"}, {SIGSEGV, "SIGSEGV"},   {SIGUSR2, "SIGUSR2"},
	{SIGPIPE, "SIGPIPE"},     {SIGALRM, "SIGALRM"}, {SIGTERM, "SIGTERM"},   {SIGCHLD, "SIGCHLD"},
	{SIGCONT, "SIGCONT"},     {SIGSTOP, "SIGSTOP"}, {SIGTSTP, "SIGTSTP"},   {SIGTTIN, "SIGTTIN"},
	{SIGTTOU, "SIGTTOU"},     {SIGURG, "SIGURG"},   {SIGXCPU, "SIGXCPU"},   {SIGXFSZ, "SIGXFSZ"},
	{SIGVTALRM, "SIGVTALRM"}, {SIGPROF, "SIGPROF"}, {SIGWINCH, "SIGWINCH"}, {SIGIO, "SIGIO"},
	{SIGPWR, "SIGPWR"},       {SIGSYS, "SIGSYS"},
#ifdef SIGSTKFLT
	{SIGSTKFLT, "SIGSTKFLT"},
#endif
};

const char *process_signal_name(int signal, char text[PROCESS_END_TEXT_MAX])
{
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		if (signals[i].number == signal) {
			snprintf(text, PROCESS_END_TEXT_MAX, "%s", signals[i].name);
			return text;
		}
	}
	snprintf(text, PROCESS_END_TEXT_MAX, "signal %d", signal);
	return text;
}

const char *process_end_text(const struct process_end *end, char text[PROCESS_END_TEXT_MAX])
{
	char name[PROCESS_END_TEXT_MAX];

	switch (end->outcome) {
	case PROCESS_EXITED:
		snprintf(text, PROCESS_END_TEXT_MAX, "exited with %d", end->code);
		return text;
	case PROCESS_SIGNALED:
		process_signal_name(end->signal, name);
		snprintf(text, PROCESS_END_TEXT_MAX, "killed by %.*s%s", PROCESS_END_TEXT_MAX / 2, name,
			 end->out_of_memory ? ": out of memory" : "");
		return text;
	case PROCESS_TIMED_OUT:
		snprintf(text, PROCESS_END_TEXT_MAX, "timed out");
		return text;
	case PROCESS_NOT_STARTED:
		break;
	}
	if (end->error_number == 0)
		snprintf(text, PROCESS_END_TEXT_MAX, "was not started");
	else
		snprintf(text, PROCESS_END_TEXT_MAX, "could not be executed: %.*s", PROCESS_END_TEXT_MAX / 2,
			 strerror(end->error_number));
	return text;
}
