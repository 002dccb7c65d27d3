#include <stdio.h>
#include <string.h>

#include "assertions/base/buffer.h"
#include "assertions/base/cleanup.h"
#include "assertions/base/suggest.h"
#include "wrapper/command.h"
#include "wrapper/report/report.h"
#include "wrapper/roll.h"
#include "wrapper/verbs/explain/explain.h"

/* Scripts by which shells complete the command line, made of the tables of verbs, options, formats and words. */

#define CHOICES_MAX ((size_t)1 << 16)

struct shell {
	const char *name;
	void (*print)(void);
};

#define SHELLS 3

static const struct shell shells[SHELLS + 1];

static bool is(const char *left, const char *right)
{
	return left != NULL && strcmp(left, right) == 0;
}

static void add_choice(struct buffer *out, const char *text, const char *suffix)
{
	buffer_print(out, "%s%s%s", out->length > 0 ? " " : "", text, suffix);
}

/* What may stand behind an option, with spaces between; nothing where that is free. */
static void list_choices(const struct command_option *option, struct buffer *out)
{
	if (is(option->name, "report"))
		for (const struct report_format *const *format = report_formats; *format != NULL; format++)
			add_choice(out, (*format)->name, "=");
	else if (option->choices != NULL)
		buffer_string(out, option->choices + strspn(option->choices, " "));
}

static bool takes_file(const struct command_option *option)
{
	return is(option->value, "FILE") || is(option->value, "OLD") || is(option->value, "REPORT");
}

/* What may stand behind a verb; false where that is files. */
static bool list_arguments(const struct command *command, struct buffer *out)
{
	if (is(command->name, "completion")) {
		for (const struct shell *shell = shells; shell->name != NULL; shell++)
			add_choice(out, shell->name, "");
		return true;
	}
	if (is(command->name, "explain")) {
		struct reference *reference = reference_new();
		const char *names[REFERENCE_NAMES_MAX];
		size_t count = reference_names(reference, names);
		add_choice(out, "credentials", "");
		for (size_t i = 0; i < count; i++)
			add_choice(out, names[i], "");
		reference_free(reference);
		return true;
	}
	return command->arguments_max == 0;
}

static void list_verbs(struct buffer *out)
{
	for (const struct command *const *command = commands; *command != NULL; command++)
		add_choice(out, (*command)->name, "");
}

/* With a backslash before each of the characters; a quote as `quote`, since it stands in single quotes. */
static void print_escaped(const char *text, const char *special, const char *quote)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			printf("%s", quote);
		else
			printf("%s%c", strchr(special, *text) != NULL ? "\\" : "", *text);
	}
}

static void print_bash_values(void)
{
	printf("\tcase $prev in\n");
	for (const struct command_option *option = command_options; option->name != NULL; option++) {
		cleanup_buffer struct buffer choices;
		buffer_init(&choices, CHOICES_MAX);
		list_choices(option, &choices);
		if (option->value == NULL)
			continue;
		printf("\t--%s)", option->name);
		if (choices.length > 0)
			printf(" COMPREPLY=($(compgen -W '%s' -- \"$cur\"));", choices.data);
		if (is(option->name, "report"))
			printf(" compopt -o nospace;");
		printf(" return ;;\n");
	}
	printf("\tesac\n");
}

static void print_bash_options(void)
{
	printf("\t-*)\n\t\toptions='");
	for (const struct command_option *option = command_options; option->name != NULL; option++)
		if (option->verbs == NULL)
			printf("--%s ", option->name);
	printf("'\n\t\tcase $verb in\n");
	for (const struct command *const *command = commands; *command != NULL; command++) {
		printf("\t\t%s) options+='", (*command)->name);
		for (const struct command_option *option = command_options; option->name != NULL; option++)
			if (option->verbs != NULL && option_is_for(option, (*command)->name))
				printf("--%s ", option->name);
		printf("' ;;\n");
	}
	printf("\t\tesac\n\t\tCOMPREPLY=($(compgen -W \"$options\" -- \"$cur\")); return ;;\n");
}

/* What is left over completes as a file, by "-o default". Bash gives "=" as a word of its own. */
static void print_bash(void)
{
	cleanup_buffer struct buffer verbs;

	buffer_init(&verbs, CHOICES_MAX);
	list_verbs(&verbs);
	printf("# bash: source <(muster completion bash)\n"
	       "_muster() {\n"
	       "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} verb='' options word skip=''\n"
	       "\tCOMPREPLY=()\n"
	       "\t[[ $cur == = ]] && cur=''\n"
	       "\t[[ $prev == = ]] && return\n"
	       "\tfor word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
	       "\t\tif [[ -n $skip ]]; then skip=''; continue; fi\n"
	       "\t\tcase $word in\n"
	       "\t\t");
	const char *separator = "";
	for (const struct command_option *option = command_options; option->name != NULL; option++)
		if (option->value != NULL) {
			printf("%s--%s", separator, option->name);
			separator = "|";
		}
	printf(") skip=1 ;;\n"
	       "\t\t-*) ;;\n"
	       "\t\t=) skip=1 ;;\n"
	       "\t\t*) verb=$word; break ;;\n"
	       "\t\tesac\n"
	       "\tdone\n");
	print_bash_values();
	printf("\tcase $cur in\n");
	print_bash_options();
	printf("\tesac\n\tcase $verb in\n\t'') COMPREPLY=($(compgen -W '%s' -- \"$cur\")) ;;\n", verbs.data);
	for (const struct command *const *command = commands; *command != NULL; command++) {
		cleanup_buffer struct buffer arguments;
		buffer_init(&arguments, CHOICES_MAX);
		if (list_arguments(*command, &arguments))
			printf("\t%s) COMPREPLY=($(compgen -W '%s' -- \"$cur\")) ;;\n", (*command)->name,
			       arguments.length > 0 ? arguments.data : "");
	}
	printf("\tesac\n}\ncomplete -o default -F _muster muster\n");
}

static void print_zsh_option(const struct command_option *option)
{
	cleanup_buffer struct buffer choices;

	buffer_init(&choices, CHOICES_MAX);
	list_choices(option, &choices);
	printf("\t\t'%s--%s%s[", is(option->name, "var") || is(option->name, "report") ? "*" : "", option->name,
	       option->value != NULL ? "=" : "");
	if (option->verbs != NULL)
		printf("%s\\: ", option->verbs);
	print_escaped(option->help, "[]:\\", "'\\''");
	printf("]");
	if (option->value != NULL) {
		printf(":%s:", option->value);
		if (choices.length > 0)
			printf("(%s)", choices.data);
		else if (takes_file(option))
			printf("_files");
	}
	printf("' \\\n");
	if (option->letter == 0)
		return;
	printf("\t\t'-%c[", option->letter);
	print_escaped(option->help, "[]:\\", "'\\''");
	printf("]' \\\n");
}

static void print_zsh(void)
{
	printf("#compdef muster\n# zsh: source <(muster completion zsh), or as _muster in a folder of $fpath\n"
	       "_muster() {\n\tlocal curcontext=$curcontext state line\n\tlocal -a verbs\n\tverbs=(\n");
	for (const struct command *const *command = commands; *command != NULL; command++) {
		printf("\t\t'%s:", (*command)->name);
		print_escaped((*command)->help, ":\\", "'\\''");
		printf("'\n");
	}
	printf("\t)\n\t_arguments -C \\\n");
	for (const struct command_option *option = command_options; option->name != NULL; option++)
		print_zsh_option(option);
	printf("\t\t'1:verb:->verb' '*:argument:->argument'\n"
	       "\tcase $state in\n\tverb) _describe verb verbs ;;\n\targument)\n\t\tcase $line[1] in\n");
	for (const struct command *const *command = commands; *command != NULL; command++) {
		cleanup_buffer struct buffer arguments;
		buffer_init(&arguments, CHOICES_MAX);
		if (list_arguments(*command, &arguments) && arguments.length > 0)
			printf("\t\t%s) compadd -- %s ;;\n", (*command)->name, arguments.data);
	}
	printf("\t\t*) _files ;;\n\t\tesac ;;\n\tesac\n}\n"
	       "if [[ $funcstack[1] == _muster ]]; then _muster \"$@\"; else compdef _muster muster; fi\n");
}

static void print_fish_option(const struct command_option *option)
{
	cleanup_buffer struct buffer choices;

	buffer_init(&choices, CHOICES_MAX);
	list_choices(option, &choices);
	printf("complete -c muster -l %s", option->name);
	if (option->letter != 0)
		printf(" -s %c", option->letter);
	if (option->verbs != NULL)
		printf(" -n '__fish_seen_subcommand_from %s'", option->verbs);
	if (option->value != NULL)
		printf(takes_file(option) ? " -r -F" : " -x");
	if (choices.length > 0)
		printf(" -a '%s'", choices.data);
	printf(" -d '");
	print_escaped(option->help, "\\", "\\'");
	printf("'\n");
}

static void print_fish(void)
{
	printf("# fish: muster completion fish | source\ncomplete -c muster -f\n");
	for (const struct command *const *command = commands; *command != NULL; command++) {
		cleanup_buffer struct buffer arguments;
		buffer_init(&arguments, CHOICES_MAX);
		printf("complete -c muster -n __fish_use_subcommand -a %s -d '", (*command)->name);
		print_escaped((*command)->help, "\\", "\\'");
		printf("'\ncomplete -c muster -n '__fish_seen_subcommand_from %s'", (*command)->name);
		if (!list_arguments(*command, &arguments))
			printf(" -F");
		else if (arguments.length > 0)
			printf(" -a '%s'", arguments.data);
		printf("\n");
	}
	for (const struct command_option *option = command_options; option->name != NULL; option++)
		print_fish_option(option);
}

static const struct shell shells[SHELLS + 1] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}, {0}};

static int print_completion(const struct command_options *options)
{
	const char *names[SHELLS];
	size_t count = 0;

	for (; shells[count].name != NULL; count++) {
		names[count] = shells[count].name;
		if (!is(names[count], options->arguments[0]))
			continue;
		shells[count].print();
		return fflush(stdout) == 0 ? EXIT_PASSED : EXIT_INTERNAL;
	}
	options_error(suggest_nearest(options->arguments[0], names, count),
		      "completion is there for bash, zsh and fish, not '%s'", options->arguments[0]);
	return EXIT_USAGE;
}

const struct command command_completion = {
	.name = "completion",
	.arguments = "SHELL",
	.help = "the script by which bash, zsh or fish completes muster's command line",
	.arguments_min = 1,
	.arguments_max = 1,
	.run = print_completion,
};
