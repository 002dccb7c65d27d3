#include "wrapper/command.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/suggest.h"
#include "assertions/base/units.h"
#include "wrapper/report/report.h"
#include "wrapper/report_table.h"

#define AT(field) offsetof(struct command_options, field)
#define CODE_BASE 256
#define HELP_COLUMN 25
#define HELP_WIDTH 100
#define CHOICES_MAX 8
#define CHOICES_BYTES_MAX 128
#define WORD(name) " " #name

int options_error(const char *suggestion, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "muster: ");
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	if (suggestion != NULL)
		fprintf(stderr, "; did you mean '%s'?", suggestion);
	fprintf(stderr, "\nTry 'muster --help'.\n");
	return -1;
}

static int unknown_format(const char *name)
{
	const char *names[32];
	size_t count = 0;

	for (; report_formats[count] != NULL; count++)
		names[count] = report_formats[count]->name;
	return options_error(suggest_nearest(name, names, count), "there is no report format '%s'", name);
}

static int take_report(struct command_options *options, const char *value)
{
	const char *equals = strchr(value, '=');
	char name[32];

	if (equals == NULL || equals == value || equals[1] == '\0' || (size_t)(equals - value) >= sizeof(name))
		return options_error(NULL, "--report takes FORMAT=PATH, such as json=report.json, not '%s'", value);
	memcpy(name, value, (size_t)(equals - value));
	name[equals - value] = '\0';
	for (size_t i = 0; i < options->report_count; i++)
		if (strcmp(options->reports[i].path, equals + 1) == 0 &&
		    (equals[strlen(equals) - 1] != '/' || strcmp(options->reports[i].format->name, name) == 0))
			return options_error(NULL, "two reports cannot go to one place, '%s'", equals + 1);
	if (options->report_count == COMMAND_REPORTS_MAX)
		return options_error(NULL, "more than 16 reports, with '%s'", value);
	struct report_request *request = &options->reports[options->report_count++];
	*request = (struct report_request){report_format_find(name), equals + 1};
	return request->format != NULL ? 0 : unknown_format(name);
}

static int take_var(struct command_options *options, const char *value)
{
	if (strchr(value, '=') == NULL || value[0] == '=')
		return options_error(NULL, "--var takes NAME=VALUE, not '%s'", value);
	if (options->var_count == COMMAND_VARS_MAX)
		return options_error(NULL, "more than 256 variables, with '%s'", value);
	options->vars[options->var_count++] = value;
	return 0;
}

static int take_color(struct command_options *options, const char *value)
{
	options->color = strcmp(value, "auto") == 0 ? -1 : strcmp(value, "always") == 0;
	return 0;
}

static int read_grace(struct command_options *options, const char *name, const char *value)
{
	struct error err;

	if (units_parse_duration(value, &options->grace_ms, &err) == 0 && options->grace_ms > 0)
		return 0;
	return options_error(NULL, "%s takes a duration such as 25s, not '%s'", name, value);
}

static int take_grace(struct command_options *options, const char *value)
{
	return read_grace(options, "--grace", value);
}

static int take_grace_of_environment(struct command_options *options)
{
	const char *value = getenv("MUSTER_GRACE");

	if (options->grace_ms != 0 || value == NULL || value[0] == '\0')
		return 0;
	return read_grace(options, "MUSTER_GRACE", value);
}

const struct command_option command_options[] = {
	{"var", .value = "NAME=VALUE", .verbs = "run verify probe lint plan explain report", .take = take_var,
	 .help = "set or override a variable of the manifest's 'vars' (repeatable)"},
	{"report", .value = "FORMAT=PATH", .verbs = "run verify probe report", .take = take_report,
	 .help = "write a report when the run is over; '-' is standard output (repeatable); a PATH that ends in '/' "
		 "is a folder: one file for each manifest, by its name"},
	{"quiet", 'q', .offset = AT(quiet), .help = "print nothing but what is wrong"},
	{"verbose", 'v', .offset = AT(verbose), .help = "print every row of the roll"},
	{"color", .value = "WHEN", .choices = "auto always never", .take = take_color,
	 .help = "auto, always or never; NO_COLOR is respected"},
	{"strict", .verbs = "lint", .offset = AT(strict), .help = "warnings count as errors"},
	{"format", .value = "NAME", .choices = LINT_TABLE(WORD), .verbs = "lint", .offset = AT(format),
	 .help = "human, json, github or sarif"},
	{"diff", .value = "OLD", .verbs = "plan", .offset = AT(diff),
	 .help = "what has changed since the manifest OLD"},
	{"no-weaker", .verbs = "plan", .offset = AT(no_weaker),
	 .help = "exit with 1 where a change weakens or drops a check"},
	{"output", .value = "FILE", .verbs = "learn", .offset = AT(output),
	 .help = "where the draft goes, instead of to standard output"},
	{"overwrite", .verbs = "learn", .offset = AT(overwrite), .help = "an output that is there already is replaced"},
	{"endpoint", .value = "URL", .verbs = "learn", .offset = AT(endpoint),
	 .help = "where s3://BUCKET/PREFIX lies, where the environment does not say"},
	{"region", .value = "REGION", .verbs = "learn", .offset = AT(region), .help = "the same for its region"},
	{"history", .value = "STORE", .verbs = "report", .offset = AT(history),
	 .help = "the trend of the reports that a manifest put into a store"},
	{"sample", .verbs = "verify", .offset = AT(sample),
	 .help = "read listings, and of the bytes only the first and the last MiB; what these cannot tell is not "
		 "proven, unless the manifest has 'sample: true'"},
	{"grace", .value = "DURATION", .verbs = "run verify probe", .take = take_grace,
	 .help = "how long muster takes at most once it is told to end (25s, more where a step's 'grace' is longer): "
		 "in a pod a little less than its terminationGracePeriodSeconds; else MUSTER_GRACE's"},
	{"deadline", .value = "DURATION", .verbs = "probe", .offset = AT(deadline),
	 .help = "when it must be over (30s)"},
	{"from", .value = "REPORT", .verbs = "explain", .offset = AT(from),
	 .help = "the JSON report that the id of a check is looked up in; else MUSTER_REPORT's, else report.json"},
	{"markdown", .verbs = "explain", .offset = AT(markdown), .help = "the whole reference as Markdown"},
	{"man", .value = "PAGE", .choices = "muster muster.yaml", .verbs = "explain", .offset = AT(man),
	 .help = "a manual page, 'muster' or 'muster.yaml', as mdoc(7)"},
	{"help", 'h', .help = "this text, or a verb's; 'muster explain' is the reference"},
	{"version", .help = "the version"},
	{0},
};

_Static_assert(sizeof(command_options) / sizeof(command_options[0]) <= OPTIONS_MAX, "each has its bit");

static int unknown_option(const char *written)
{
	const char *names[OPTIONS_MAX];
	size_t count = 0;

	for (; command_options[count].name != NULL; count++)
		names[count] = command_options[count].name;
	return options_error(suggest_nearest(written + strspn(written, "-"), names, count),
			     "'%s' is no option, or lacks its value", written);
}

/* Whether it is one of the words, which stand with spaces between. */
static bool has_word(const char *words, const char *word)
{
	size_t length = strlen(word), found;

	for (words += strspn(words, " "); *words != '\0'; words += found, words += strspn(words, " ")) {
		found = strcspn(words, " ");
		if (found == length && memcmp(words, word, length) == 0)
			return true;
	}
	return false;
}

static int refuse_choice(const struct command_option *option, const char *value)
{
	char words[CHOICES_BYTES_MAX], text[CHOICES_BYTES_MAX] = "", *rest = NULL;
	const char *names[CHOICES_MAX];
	size_t count = 0, length = 0;

	snprintf(words, sizeof(words), "%s", option->choices);
	for (char *word = strtok_r(words, " ", &rest); word != NULL && count < CHOICES_MAX;
	     word = strtok_r(NULL, " ", &rest))
		names[count++] = word;
	for (size_t i = 0; i < count && length < sizeof(text); i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s",
					   i == 0          ? ""
					   : i + 1 < count ? ", "
							   : " or ",
					   names[i]);
	return options_error(suggest_nearest(value, names, count), "--%s takes %s, not '%s'", option->name, text,
			     value);
}

static int take(struct command_options *options, const struct command_option *option, const char *value)
{
	void *field = (char *)options + option->offset;

	if (option->choices != NULL && !has_word(option->choices, value))
		return refuse_choice(option, value);
	if (option->take != NULL)
		return option->take(options, value);
	if (option->value != NULL)
		*(const char **)field = value;
	else
		*(bool *)field = true;
	return 0;
}

/* As getopt_long() wants them: a code is the row's number over CODE_BASE. */
static void list_options(struct option ret_long[OPTIONS_MAX + 1], char ret_letters[OPTIONS_MAX + 1])
{
	size_t letters = 0;

	for (int i = 0; command_options[i].name != NULL; i++) {
		ret_long[i] = (struct option){command_options[i].name,
					      command_options[i].value != NULL ? required_argument : no_argument, NULL,
					      CODE_BASE + i};
		if (command_options[i].letter != 0)
			ret_letters[letters++] = command_options[i].letter;
	}
}

static const struct command_option *find_option(int code)
{
	if (code >= CODE_BASE)
		return &command_options[code - CODE_BASE];
	for (const struct command_option *option = command_options; option->name != NULL; option++)
		if (option->letter != 0 && option->letter == code)
			return option;
	return NULL;
}

enum options_outcome options_parse(int argc, char **argv, struct command_options *ret_options)
{
	struct option long_options[OPTIONS_MAX + 1] = {0};
	char letters[OPTIONS_MAX + 1] = "";
	enum options_outcome outcome = OPTIONS_READ;
	int code;

	list_options(long_options, letters);
	opterr = 0;
	ret_options->color = getenv("NO_COLOR") != NULL && getenv("NO_COLOR")[0] != '\0' ? 0 : -1;
	while ((code = getopt_long(argc, argv, letters, long_options, NULL)) != -1) {
		const struct command_option *option = find_option(code);
		if (option == NULL) {
			unknown_option(argv[optind - 1]);
			return OPTIONS_WRONG;
		}
		ret_options->given |= (uint64_t)1 << (option - command_options);
		if (strcmp(option->name, "help") == 0)
			outcome = OPTIONS_HELP;
		else if (strcmp(option->name, "version") == 0)
			return OPTIONS_VERSION;
		else if (take(ret_options, option, optarg) < 0)
			return OPTIONS_WRONG;
	}
	if (take_grace_of_environment(ret_options) < 0)
		return OPTIONS_WRONG;
	return outcome;
}

bool option_is_for(const struct command_option *option, const char *verb)
{
	return option->verbs == NULL || has_word(option->verbs, verb);
}

int options_check(const struct command_options *options, const char *verb)
{
	for (const struct command_option *option = command_options; option->name != NULL; option++)
		if ((options->given >> (option - command_options) & 1) != 0 && !option_is_for(option, verb))
			return options_error(NULL, "'%s' has no option --%s; these have: %s", verb, option->name,
					     option->verbs);
	return 0;
}

void options_print_wrapped(FILE *file, int column, int indent, int width, const char *text)
{
	for (bool first = true; *text != '\0'; first = false) {
		int length = (int)strcspn(text, " ");
		if (!first && column + 1 + length > width)
			column = fprintf(file, "\n%*s", indent, "") - 1;
		else if (!first)
			column += fprintf(file, " ");
		column += fprintf(file, "%.*s", length, text);
		text += length;
		text += strspn(text, " ");
	}
	fputc('\n', file);
}

static void print_option(const struct command_option *option, bool with_verbs, FILE *file)
{
	int column = fprintf(file, "  --%s%s%s", option->name, option->value != NULL ? " " : "",
			     option->value != NULL ? option->value : "");

	if (option->letter != 0)
		column += fprintf(file, ", -%c", option->letter);
	column += fprintf(file, "%*s", column < HELP_COLUMN - 1 ? HELP_COLUMN - column : 1, "");
	if (with_verbs && option->verbs != NULL)
		column += fprintf(file, "%s: ", option->verbs);
	options_print_wrapped(file, column, HELP_COLUMN, HELP_WIDTH, option->help);
}

void options_print(FILE *file, const char *verb)
{
	for (const struct command_option *option = command_options; option->name != NULL; option++)
		if (verb == NULL || option_is_for(option, verb))
			print_option(option, verb == NULL, file);
}
