/*
 * verbs.h - what can be done with worksheets: a function for each command of `lab`.
 *
 * Each takes the command's name and all that stood behind it, reads its options, by a table, and
 * its operands, and hands the worksheets to the part that does the work. Returns the exit status.
 */
#ifndef VERBS_H
#define VERBS_H

int verb_list(int argc, char **argv);
int verb_doctor(int argc, char **argv);
int verb_run(int argc, char **argv);
int verb_open(int argc, char **argv);
int verb_guide(int argc, char **argv);
int verb_term(int argc, char **argv);
int verb_attempts(int argc, char **argv);
int verb_forget(int argc, char **argv);
int verb_check(int argc, char **argv);
int verb_class(int argc, char **argv);
int verb_transcript(int argc, char **argv);
int verb_handout(int argc, char **argv);
int verb_lint(int argc, char **argv);
int verb_accept(int argc, char **argv);

#endif
