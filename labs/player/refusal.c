/*
 * refusal.c - see refusal.h.
 *
 * The kernel says "Permission denied" or even "No space left on device" for a dozen reasons. They
 * are told apart by what can be read: first what refuses a user namespace for everybody, then what
 * refuses it to this process.
 */
#define _POSIX_C_SOURCE 200809L
#include "refusal.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char STEP_USER[] = "user namespace";
const char STEP_MAP[] = "numbers of the user namespace";
const char STEP_OTHERS[] = "network and mount namespace";

/* ---- What the system tells of itself ------------------------------------------------------ */

/* The first line of a file, or what stands behind `key` at the beginning of one. False: not there.
 */
static bool read_line(const char *path, const char *key, char *text, size_t size)
{
	FILE *file = fopen(path, "r");
	char line[512];
	bool found = false;

	text[0] = '\0';
	while (file != NULL && !found && fgets(line, sizeof line, file) != NULL) {
		found = key == NULL || strncmp(line, key, strlen(key)) == 0;
		if (found)
			snprintf(text, size, "%.*s",
				(int)strcspn(line, "\n") - (key == NULL ? 0 : (int)strlen(key)),
				line + (key == NULL ? 0 : strlen(key)));
	}
	if (file != NULL)
		fclose(file);
	return found;
}

/* A number in /proc/sys; -1 if this system does not have it. */
static long setting(const char *path)
{
	char text[64];

	return read_line(path, NULL, text, sizeof text) ? strtol(text, NULL, 10) : -1;
}

static bool has_seccomp_filter(void)
{
	char text[32];

	return read_line("/proc/self/status", "Seccomp:", text, sizeof text) &&
	       strtol(text, NULL, 10) == 2;
}

/* The AppArmor profile that confines this process; empty: none does. */
static const char *profile(char *text, size_t size)
{
	if (!read_line("/proc/self/attr/apparmor/current", NULL, text, size) &&
		!read_line("/proc/self/attr/current", NULL, text, size))
		text[0] = '\0';
	if (strchr(text, '(') == NULL) /* SELinux's label, or "unconfined" */
		text[0] = '\0';
	else
		text[strcspn(text, " (")] = '\0';
	return text;
}

static bool in_container(void)
{
	char text[32];

	return access("/.dockerenv", F_OK) == 0 || access("/run/.containerenv", F_OK) == 0 ||
	       read_line("/run/systemd/container", NULL, text, sizeof text) ||
	       getenv("container") != NULL;
}

/* ---- What is said of it ------------------------------------------------------------------- */

#define because(r, ...) snprintf((r)->why, sizeof(r)->why, __VA_ARGS__)

static void advise(struct refusal *r, const char *line)
{
	const size_t at = strlen(r->remedy);

	snprintf(r->remedy + at, sizeof r->remedy - at, "%s%s", at > 0 ? "\n" : "", line);
}

/* A switch of the kernel: for now, and so that it stays. */
static void advise_sysctl(struct refusal *r, const char *name, const char *value)
{
	char line[200];

	snprintf(line, sizeof line, "sudo sysctl -w %s=%s", name, value);
	advise(r, line);
	snprintf(line, sizeof line,
		"echo '%s = %s' | sudo tee /etc/sysctl.d/60-tcp-labs.conf    (so that it stays)",
		name, value);
	advise(r, line);
}

void refusal_root(char *text, size_t size)
{
	char program[300];
	/* sudo looks for commands in a path of its own: so the whole name. */
	const ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);

	program[n > 0 ? n : 0] = '\0';
	snprintf(text, size, "play as root: sudo %s run", n > 0 ? program : "lab");
}

static void advise_root(struct refusal *r)
{
	char line[400] = "or ";

	refusal_root(line + 3, sizeof line - 3);
	advise(r, line);
}

static void advise_container(struct refusal *r)
{
	advise(r, "start the container with: --security-opt seccomp=unconfined "
		  "--security-opt apparmor=unconfined --security-opt systempaths=unconfined");
	advise(r, "(podman: --security-opt seccomp=unconfined --security-opt unmask=ALL)");
}

/* ---- The reasons, one by one: true if it is this one -------------------------------------- */

static bool kernel_lacks(struct refusal *r)
{
	static const char *const kinds[] = {"user", "net", "mnt"};
	char path[64];

	if (access("/proc/self/ns", F_OK) == -1 && access("/proc/self/status", F_OK) == -1) {
		because(r, "/proc is not mounted");
		advise(r, "sudo mount -t proc proc /proc");
		return true;
	}
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		snprintf(path, sizeof path, "/proc/self/ns/%s", kinds[i]);
		if (access(path, F_OK) == 0 || errno != ENOENT)
			continue;
		because(r, "this kernel has no %s namespaces", kinds[i]);
		advise(r,
			"boot a kernel built with CONFIG_USER_NS, CONFIG_NET_NS and CONFIG_PID_NS, "
			"as the distributions' own kernels are");
		return true;
	}
	return false;
}

static bool switched_off(struct refusal *r)
{
	if (geteuid() == 0 || setting("/proc/sys/kernel/unprivileged_userns_clone") != 0)
		return false;
	because(r,
		"only root may make user namespaces here (kernel.unprivileged_userns_clone is 0)");
	advise_sysctl(r, "kernel.unprivileged_userns_clone", "1");
	advise_root(r);
	return true;
}

/* ENOSPC: more than the limit, per user, of one kind. */
static bool limit_reached(struct refusal *r, int error)
{
	static const char *const kinds[] = {"user", "net", "mnt", "pid"};
	char path[64];

	if (error != ENOSPC && error != EUSERS)
		return false;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		snprintf(path, sizeof path, "/proc/sys/user/max_%s_namespaces", kinds[i]);
		if (setting(path) != 0)
			continue;
		because(r, "%s namespaces are switched off (user.max_%s_namespaces is 0)", kinds[i],
			kinds[i]);
		snprintf(path, sizeof path, "user.max_%s_namespaces", kinds[i]);
		advise_sysctl(r, path, "15000");
		return true;
	}
	because(r,
		"as many namespaces are in use as the kernel allows (user.max_user_namespaces is "
		"%ld)",
		setting("/proc/sys/user/max_user_namespaces"));
	advise(r, "close what holds them: lsns shows it");
	advise_sysctl(r, "user.max_user_namespaces", "15000");
	return true;
}

static bool apparmor_restricts(struct refusal *r, int error)
{
	if ((error != EACCES && error != EPERM) ||
		setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") != 1 ||
		geteuid() == 0)
		return false;
	because(r, "AppArmor keeps programs that it does not know from using user namespaces "
		   "(kernel.apparmor_restrict_unprivileged_userns is 1)");
	advise(r, "sudo make install    (puts a profile for the installed lab in place; then call "
		  "that one)");
	advise_root(r);
	advise(r, "or, for every program: sudo sysctl -w "
		  "kernel.apparmor_restrict_unprivileged_userns=0");
	return true;
}

/* A chroot into what is mounted there looks like a whole system, but for this answer when nothing
 * else has given it (user_namespaces(7)). */
static bool in_a_chroot(struct refusal *r, const char *step, int error)
{
	char name[128];

	if (error != EPERM || strcmp(step, STEP_USER) != 0 || has_seccomp_filter() ||
		profile(name, sizeof name)[0] != '\0')
		return false;
	because(r, "in a chroot no user namespace can be made");
	advise(r, "enter that system by pivot_root(2): systemd-nspawn, or `unshare -m` and "
		  "pivot_root");
	return true;
}

static bool container_refuses(struct refusal *r, const char *step, int error)
{
	char name[128];

	if ((error != EPERM && error != EACCES && error != ENOSYS) || !in_container())
		return false;
	if (error != EACCES && (strcmp(step, STEP_USER) == 0 || strcmp(step, STEP_OTHERS) == 0) &&
		has_seccomp_filter())
		because(r, "this container's seccomp filter refuses namespaces");
	else if (profile(name, sizeof name)[0] != '\0')
		because(r, "this container's AppArmor profile %.60s refuses (%s: %s)", name, step,
			strerror(error));
	else
		because(r, "this container refuses (%s: %s)", step, strerror(error));
	advise_container(r);
	return true;
}

static bool confined(struct refusal *r, const char *step, int error)
{
	char name[128], line[200];

	if (error != EPERM && error != EACCES)
		return false;
	if (profile(name, sizeof name)[0] != '\0') {
		because(r,
			"the AppArmor profile %.60s, which confines this process, refuses (%s: %s)",
			name, step, strerror(error));
		snprintf(line, sizeof line,
			"grep -rl '%.60s' /etc/apparmor.d    (its file: add the lines `userns,` and "
			"`capability,`)",
			name);
		advise(r, line);
		advise(r, "sudo apparmor_parser -r THAT-FILE");
		return true;
	}
	if (has_seccomp_filter()) {
		because(r, "a seccomp filter on this session refuses namespaces");
		advise(r, "start lab outside of the sandbox; in a systemd unit: "
			  "RestrictNamespaces=no");
		return true;
	}
	if (setting("/sys/fs/selinux/enforce") == 1 && error == EACCES) {
		because(r, "SELinux refuses (%s: %s)", step, strerror(error));
		advise(r, "sudo ausearch -m avc -ts recent    (shows the rule)");
		return true;
	}
	return false;
}

/* ---- The whole ---------------------------------------------------------------------------- */

void refusal_explain(struct refusal *r, const char *step, int error)
{
	*r = (struct refusal){.why = ""};
	if (error == 0) {
		because(r, "%s", step);
		return;
	}
	if (kernel_lacks(r) || limit_reached(r, error) || switched_off(r) ||
		apparmor_restricts(r, error) || in_a_chroot(r, step, error) ||
		container_refuses(r, step, error) || confined(r, step, error))
		return;
	because(r, "%s: %s", step, strerror(error));
	advise(r, "`unshare -Urnm true` should succeed for an ordinary user; it is the system that "
		  "refuses");
}
