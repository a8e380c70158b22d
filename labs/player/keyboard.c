/* keyboard.c - see keyboard.h. */
#define _XOPEN_SOURCE   700
#define _DEFAULT_SOURCE /* beyond POSIX: SIGWINCH */
#include "keyboard.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static struct termios modes;
static bool taken;
static volatile sig_atomic_t resized, told_to_end;

static void on_signal(int number)
{
	if (number == SIGWINCH)
		resized = 1;
	else
		told_to_end = 1;
}

bool keyboard_begin(void)
{
	static const int heeded[] = {SIGWINCH, SIGINT, SIGTERM, SIGHUP};
	const struct sigaction action = {
		.sa_handler = on_signal}; /* no SA_RESTART: poll shall return */
	struct termios keys;

	if (isatty(STDIN_FILENO) != 1 || isatty(STDOUT_FILENO) != 1 ||
		tcgetattr(STDIN_FILENO, &modes) == -1)
		return false;
	keys = modes;
	keys.c_lflag &= (tcflag_t) ~(ICANON | ECHO);
	keys.c_cc[VMIN] = 1;
	keys.c_cc[VTIME] = 0;
	tcsetattr(STDIN_FILENO, TCSANOW, &keys);
	for (size_t i = 0; i < sizeof heeded / sizeof heeded[0]; i++)
		sigaction(heeded[i], &action, NULL);
	fputs("\033[?1049h\033[?25l", stdout); /* the other screen, no cursor */
	taken = true;
	return true;
}

void keyboard_end(void)
{
	if (taken) {
		fputs("\033[?25h\033[?1049l", stdout);
		fflush(stdout);
		tcsetattr(STDIN_FILENO, TCSANOW, &modes);
	}
	taken = false;
	fflush(stdout);
}

/* Keys that were pressed and are not told yet. */
static char waiting[64];
static size_t waiting_size;

/* Take the first of them. A byte or a sequence that is no key of ours is passed over. */
static enum key next_key(void)
{
	static const struct {
		const char *bytes;
		enum key key;
	} keys[] = {{"\n", KEY_ON}, {"\r", KEY_ON}, {"n", KEY_ON}, {"b", KEY_BACK}, {" ", KEY_PAGE},
		{"k", KEY_UP}, {"\033[A", KEY_UP}, {"\033OA", KEY_UP}, {"j", KEY_DOWN},
		{"\033[B", KEY_DOWN}, {"\033OB", KEY_DOWN}, {"\033[5~", KEY_PAGE_UP},
		{"\033[6~", KEY_PAGE}, {"\033[C", KEY_ON}, {"\033[D", KEY_BACK}, {"r", KEY_REVEAL},
		{"h", KEY_HINT}, {"w", KEY_WHOLE}, {"?", KEY_HELP}, {"q", KEY_LEAVE}};
	enum key key = KEY_NOTHING;
	size_t size = 1;

	if (waiting[0] == '\033') { /* up to the letter that ends the sequence; or Escape alone */
		size += waiting[1] == '[' || waiting[1] == 'O';
		while (size < waiting_size && waiting[size] < '@')
			size++;
		size += size < waiting_size;
	}
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (strncmp(waiting, keys[i].bytes, strlen(keys[i].bytes)) == 0) {
			key = keys[i].key;
			size = strlen(keys[i].bytes);
			break;
		}
	waiting_size -= size;
	memmove(waiting, waiting + size, waiting_size + 1);
	return key;
}

enum key keyboard_read(int wait, int lifeline)
{
	struct pollfd fds[] = {
		{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = lifeline, .events = POLLIN}};
	ssize_t n;
	int ready;

	if (told_to_end)
		return KEY_LEAVE;
	if (waiting_size > 0)
		return next_key();
	ready = poll(fds, lifeline == -1 ? 1 : 2, wait);
	if (told_to_end || (ready > 0 && fds[1].revents != 0 && lifeline != -1))
		return KEY_LEAVE;
	if (resized) {
		resized = 0;
		return KEY_RESIZED;
	}
	if (ready <= 0 || fds[0].revents == 0)
		return KEY_NOTHING;
	n = read(STDIN_FILENO, waiting, sizeof waiting - 1);
	if (n <= 0)
		return n == -1 && (errno == EINTR || errno == EAGAIN) ? KEY_NOTHING : KEY_LEAVE;
	waiting_size = (size_t)n;
	waiting[n] = '\0';
	return next_key();
}
