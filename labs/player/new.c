/* new.c - see new.h. */
#include "new.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "screen.h"

static const char worksheet[] =
	"\n"
	"- Shows: what one learns here, in one sentence\n"
	"- Time: 10 minutes\n"
	"- Terminals: T1 server, T2 client, T3 observer\n"
	"- Needs: netstat\n"
	"\n"
	"What you will see, and why it matters, in three sentences. Change everything here: the "
	"prose is\n"
	"yours, and only the blocks that begin with `console T1`, `console T2` ... are played.\n"
	"\n"
	"## 1. A connection\n"
	"\n"
	"**T1, the server.** **Predict:** what will it say?\n"
	"\n"
	"```console T1\n"
	"$ echo-server\n"
	"listening on 127.0.0.1:8000\n"
	"```\n"
	"\n"
	"**T2, the client.** `<*>` stands for any text, here the time, and `<client>` for a number "
	"that is the\n"
	"same wherever it appears.\n"
	"\n"
	"```console T2\n"
	"$ echo-client --close-after 1\n"
	"<*> 127.0.0.1:<client> TCP session open\n"
	"<*> 127.0.0.1:<client> reading data from server: Hi, beyondyyh\n"
	"<*> 127.0.0.1:<client> Error reading TCP session: EOF\n"
	"```\n"
	"\n"
	"The server has seen the same port. What a terminal shows because of something typed "
	"elsewhere stands\n"
	"behind that, before the next thing is typed.\n"
	"\n"
	"```console T1\n"
	"<*> 127.0.0.1:<client> TCP session open\n"
	"<*> 127.0.0.1:<client> reading data from client: Hi, beyondyyh\n"
	"<*> 127.0.0.1:<client> Error reading TCP session: EOF\n"
	"```\n"
	"\n"
	"**T3, the observer.** The row is there when the client has closed: `watch` looks again "
	"until it is.\n"
	"\n"
	"```console T3 watch\n"
	"$ netstat -ant | grep :<client>\n"
	"tcp 0 0 127.0.0.1:<client> 127.0.0.1:8000 TIME_WAIT\n"
	"```\n"
	"\n"
	"> **If not (too late):** TIME_WAIT lasts a minute. Start the client once more and look at "
	"once.\n"
	"\n"
	"## 2. Tidy up\n"
	"\n"
	"```console T1\n"
	"^C\n"
	"```\n"
	"\n"
	"## Questions\n"
	"\n"
	"1. Why is it the client, and not the server, that is left in TIME_WAIT?\n"
	"\n"
	"<details><summary>Answer</summary>\n"
	"\n"
	"It closed first.\n"
	"\n"
	"</details>\n";

/* "my-lab" to "My lab". */
static void write_title(FILE *to, const char *name, size_t length)
{
	fputs("# ", to);
	for (size_t i = 0; i < length; i++)
		fputc(i == 0                               ? toupper((unsigned char)name[0])
			: name[i] == '-' || name[i] == '_' ? ' '
							   : name[i],
			to);
	fputc('\n', to);
}

int new_worksheet(const char *name)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
	const size_t length = strspn(name, letters);
	char file[128];
	FILE *to;
	int fd;

	if (length == 0 || length > 100 || name[0] == '-' ||
		(name[length] != '\0' && strcmp(name + length, ".md") != 0)) {
		fputs("lab: no name for a worksheet: ", stderr);
		screen_print(stderr, name);
		fputs("; it is of letters, digits, - and _, for instance my-lab\n", stderr);
		return 2;
	}
	snprintf(file, sizeof file, "%.*s.md", (int)length, name);
	fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	to = fd == -1 ? NULL : fdopen(fd, "w");
	if (to == NULL) {
		fprintf(stderr, "lab: write %s: %s\n", file,
			errno == EEXIST ? "there is one already; it stays as it is"
					: strerror(errno));
		return 1;
	}
	write_title(to, name, length);
	fputs(worksheet, to);
	if (fclose(to) != 0) {
		fprintf(stderr, "lab: write %s: %s\n", file, strerror(errno));
		return 1;
	}
	printf("%s is a worksheet that passes: `lab run %s`. Write your own commands into it;\n"
	       "`lab accept %s` fills in what they show.\n",
		file, file, file);
	return 0;
}
