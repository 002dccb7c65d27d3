#include "assertions/base/buffer.h"
#include "assertions/base/secrets.h"
#include "unit.h"

#include <stdlib.h>

static void expect_masked(const char *text, const char *expected)
{
	struct buffer out;

	buffer_init(&out, 10000);
	secrets_mask(text, strlen(text), &out);
	EXPECT_STRING(out.data, expected);
	buffer_release(&out);
}

static void expect_masked_in_place(const char *text, const char *expected)
{
	char *copy = strdup(text);

	secrets_mask_string(copy);
	EXPECT_STRING(copy, expected);
	free(copy);
}

TEST(nothing_is_masked_without_secrets)
{
	secrets_forget_all();
	EXPECT_NUMBER(secrets_longest(), 0);
	expect_masked("hunter22", "hunter22");
	expect_masked_in_place("hunter22", "hunter22");
	secrets_register("");
	secrets_register("abc");
	EXPECT_NUMBER(secrets_longest(), 0);
	expect_masked("abc", "abc");
}

TEST(values_are_masked)
{
	secrets_forget_all();
	secrets_register("hunter22");
	EXPECT(secrets_longest() > 0);
	expect_masked("hunter22", "[secret]");
	expect_masked("a hunter22 b hunter22", "a [secret] b [secret]");
	expect_masked("hunter22hunter22", "[secret][secret]");
	expect_masked("hunter2", "hunter2");
	expect_masked("", "");
	expect_masked_in_place("a hunter22 b", "a [secret] b");
	secrets_forget_all();
	expect_masked("hunter22", "hunter22");
}

TEST(urls_are_masked_in_pieces)
{
	secrets_forget_all();
	secrets_register("https://hooks.example.net/services/T0001/0123456789abcdef");
	expect_masked("POST /services/T0001/0123456789abcdef", "POST /[secret]");
	expect_masked("0123456789abcdef of services", "[secret] of services");
	expect_masked("hooks.example.net", "hooks.example.net");
	secrets_register("https://example.net/");
	expect_masked("https://example.net/ at example.net", "[secret] at example.net");
	secrets_register("https://example.net/a?key=fedcba9876543210");
	expect_masked("fedcba9876543210", "[secret]");
}

TEST(userinfo_is_masked)
{
	secrets_forget_all();
	secrets_register_userinfo("https://host.example/path");
	EXPECT_NUMBER(secrets_longest(), 0);
	secrets_register_userinfo("https://me:pass/w@rd@host.example/path");
	expect_masked("https://me:pass/w@rd@host.example", "https://[secret]@host.example");
	expect_masked("pass/w@rd", "[secret]");
	secrets_register_userinfo("token77@host.example");
	expect_masked("token77@", "[secret]@");
}

TEST(encoded_forms_are_masked)
{
	secrets_forget_all();
	secrets_register("p\xc3\xa4ss/w+rd?>~");
	expect_masked("cMOkc3Mvdytyt", "cMOkc3Mvdytyt");
	expect_masked("cMOkc3MvdytyZD8+fg==", "[secret]==");
	expect_masked("cMOkc3MvdytyZD8-fg", "[secret]");
	expect_masked("p%C3%A4ss%2Fw%2Brd%3F%3E~", "[secret]");
	expect_masked("p%c3%a4ss%2fw%2brd%3f%3e~", "[secret]");
	expect_masked("p%C3%A4ss/w%2Brd%3F%3E~", "[secret]");
	secrets_forget_all();
	secrets_register("abcd");
	expect_masked("YWJjZA==", "[secret]==");
	secrets_forget_all();
	secrets_register("abcdef");
	expect_masked("YWJjZGVm", "[secret]");
}

TEST(lines_are_masked)
{
	secrets_forget_all();
	secrets_register("-----BEGIN KEY-----\r\nMIIEabcdefgh\r\nshort\r\n-----END KEY-----\n");
	expect_masked("key MIIEabcdefgh end", "key [secret] end");
	expect_masked("short", "short");
	expect_masked("-----END KEY-----", "[secret]");
}

TEST(the_longest_wins)
{
	secrets_forget_all();
	secrets_register("secretword");
	secrets_register("secretwordlonger");
	secrets_register("word");
	expect_masked("secretwordlonger", "[secret]");
	expect_masked("secretwordlong", "[secret]long");
	expect_masked("a word", "a [secret]");
}

/* The end of the second must not stay where the first was cut out. */
TEST(overlapping_secrets_are_hidden_whole)
{
	secrets_forget_all();
	secrets_register("abcdef");
	secrets_register("defghi");
	secrets_register("hijkl");
	expect_masked("xabcdefghijklx", "x[secret]x");
	expect_masked_in_place("xabcdefghijklx", "x[secret]x");
	expect_masked("defghi abcdef", "[secret] [secret]");
	secrets_forget_all();
	secrets_register("aaaa");
	expect_masked("aaaaaaa", "[secret]");
	secrets_register("bcd1");
	secrets_register("xabcd1y");
	expect_masked("bcd1xabcd1y", "[secret][secret]");
}

TEST(in_place_is_never_longer)
{
	secrets_forget_all();
	secrets_register("pass");
	expect_masked_in_place("my pass, pass", "my [sec, [sec");
	expect_masked_in_place("passpass", "[sec[sec");
	expect_masked_in_place("", "");
	secrets_register("averylongpassword");
	expect_masked_in_place("averylongpassword pass", "[secret] [sec");
}

TEST(binary_text_is_masked_too)
{
	static const char text[] = "a\0hunter22\0b";
	struct buffer out;

	secrets_forget_all();
	secrets_register("hunter22");
	buffer_init(&out, 100);
	secrets_mask(text, sizeof(text) - 1, &out);
	EXPECT_NUMBER(out.length, sizeof("a\0[secret]\0b") - 1);
	EXPECT(memcmp(out.data, "a\0[secret]\0b", out.length) == 0);
	buffer_release(&out);
	secrets_forget_all();
}

/* The plainest way to say which bytes a text of a's and b's must hide. */
TEST(every_text_hides_what_every_secret_covers)
{
	static const char *const secrets[] = {"abab", "aabb", "bbbbb", "abba"};
	char text[13];

	secrets_forget_all();
	for (size_t i = 0; i < 4; i++)
		secrets_register(secrets[i]);
	for (unsigned bits = 0; bits < 1u << 12; bits++) {
		bool covered[13] = {false};
		size_t kept = 0;
		struct buffer out;
		for (size_t i = 0; i < 12; i++)
			text[i] = (bits >> i & 1) > 0 ? 'a' : 'b';
		text[12] = '\0';
		for (size_t i = 0; i < 4; i++)
			for (const char *hit = strstr(text, secrets[i]); hit != NULL; hit = strstr(hit + 1, secrets[i]))
				memset(covered + (hit - text), true, strlen(secrets[i]));
		for (size_t i = 0; i < 12; i++)
			kept += !covered[i];
		buffer_init(&out, 100);
		secrets_mask(text, 12, &out);
		for (const char *hit = strstr(out.data, "[secret]"); hit != NULL; hit = strstr(hit + 8, "[secret]"))
			out.length -= 8;
		EXPECT_NUMBER(out.length, kept);
		buffer_release(&out);
	}
	secrets_forget_all();
}

UNIT_MAIN
